import type { Hours } from '../../../images/bootstrap/src/hours';
import { Kubectl } from '../cluster/kubectl';
import { hoursOf } from '../cluster/working-hours';
import { Failure } from '../failure';
import type { TaskEnd } from '../tasks';
import { runNow } from './replicas';
import { Selection } from './selection';
import { SettingsFile } from './settings-file';
import { type UpArguments, up } from './up';

type Given = Omit<UpArguments, 'only' | 'skip'>;

/** Has so many numbered environments, now and in their hours; those that go keep their volumes. @returns what became of each step */
export const scale = (replicas: number, given: Given): Promise<TaskEnd[]> =>
  deployWith({ 'environments.replicas': replicas }, given, []);

/** Starts or stops environments of users; those that are stopped keep their volumes. @returns what became of each step */
export function run(users: readonly string[], running: boolean, given: Given): Promise<TaskEnd[]> {
  const file = new SettingsFile(given.folder);
  const known = file.users();
  const unknown = users.find((user) => !known.includes(user));
  if (unknown !== undefined)
    throw new Failure(
      known.length > 0
        ? `${file.path} has no user "${unknown}"; it has ${known.join(', ')}`
        : `${file.path} names no users: its environments are numbered, and stopped together by sandboxctl scale 0`,
    );
  const settings = Object.fromEntries(users.map((user) => [`environments.users.${user}.running`, running]));
  return deployWith(settings, given, running ? users.map((user) => `devenv-${user}`) : undefined);
}

/** Working hours, as far as they are given. */
export interface HoursGiven {
  readonly days?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly timeZone?: string;
  readonly warning?: string;
}

/** Sets working hours; what is not given stays as it is. @returns what became of each step */
export function setHours(hours: HoursGiven, given: Given): Promise<TaskEnd[]> {
  const settings = Object.entries(hours).map(([key, value]) => [`environments.schedule.${key}`, value]);
  return deployWith(Object.fromEntries(settings), given);
}

/** Takes working hours back, and starts what they had stopped. @returns what became of each step */
export const endHours = (given: Given): Promise<TaskEnd[]> => deployWith({ 'environments.schedule': undefined }, given);

/** Working hours of a platform, and the sets that they count for. */
export interface HoursSet {
  readonly hours?: Hours;
  readonly environments: readonly string[];
  /** Those that run whatever the hours, or not at all. */
  readonly others: readonly string[];
}

/** The hours that platform.yaml sets. */
export async function hoursSet(folder: string): Promise<HoursSet> {
  const sets = (await Selection.of(folder)).environments;
  const names = (kept: boolean) =>
    sets.filter((set) => (hoursOf(set) !== undefined) === kept).map(({ metadata }) => metadata.name);
  return { hours: sets.map(hoursOf).find(Boolean), environments: names(true), others: names(false) };
}

/**
 * The file is as it was where such a platform cannot be made; a deploy that fails on the way goes on with the next.
 * @param sets that are to run now, whatever their hours; an empty list means all
 */
async function deployWith(
  settings: Readonly<Record<string, unknown>>,
  given: Given,
  sets?: readonly string[],
): Promise<TaskEnd[]> {
  const { objects } = await new SettingsFile(given.folder).change(settings, () => Selection.of(given.folder));
  if (sets) await runNow(new Kubectl(), objects, sets);
  return up({ ...given, only: [], skip: [] });
}
