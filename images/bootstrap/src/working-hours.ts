import { NOTICE, noticeConfigMap, STOPS_AT } from '../../../constructs/environments/working-hours-annotations';
import { type Hours, isWithin, nextStop, noticeOf } from './hours';
import { change, scale } from './kubernetes';
import { configuration, log, untilDone } from './program';

export interface Config {
  readonly hours: Hours;
  /** Environments of each StatefulSet, by its namespace and name. */
  readonly sets: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** The time that it is: the beginning of the hours, a while before their end, their end; or there are other hours. */
export type Moment = 'start' | 'warn' | 'stop' | undefined;

/** What the program does to others. */
export interface World {
  readonly scale: (namespace: string, set: string, replicas: number) => Promise<void>;
  /** Changes keys of what people in the environments of a set are told, null to remove one. */
  readonly tell: (namespace: string, set: string, values: Record<string, string | null>) => Promise<void>;
}

/** A run may come as late as its CronJob makes up for one. */
const LATE_MS = 3600_000;
const AT_ONCE = 20;
const NOTHING = { [NOTICE]: null, [STOPS_AT]: null };

/**
 * Brings environments to what the hours say. In between they are left to people: who stopped one in the hours, or
 * started one outside of them, has it so until the next of these moments.
 */
export async function act(moment: Moment, now: Date, { hours, sets }: Config, world: World): Promise<void> {
  const within = isWithin(hours, now);
  const all = Object.entries(sets).flatMap(([namespace, own]) =>
    Object.entries(own).map(([name, replicas]) => ({ namespace, name, replicas })),
  );
  const scaleTo = (replicasOf: (replicas: number) => number) =>
    forEach(all, ({ namespace, name, replicas }) => world.scale(namespace, name, replicasOf(replicas)));
  const tell = (values: Record<string, string | null>) =>
    forEach(all, ({ namespace, name }) => world.tell(namespace, name, values));
  if (moment === 'stop') {
    if (within) return log('the hours have begun again: nothing is stopped');
    await scaleTo(() => 0);
    // Whoever starts one after this is told of the next time.
    await tell(NOTHING);
    return log(`stopped ${all.length} sets of environments`);
  }
  if (within && moment !== 'warn') {
    await scaleTo((replicas) => replicas);
    log(`started ${all.length} sets of environments`);
  }
  if (moment === 'start') return;
  const stop = nextStop(hours, now);
  const isClose = stop.getTime() - now.getTime() <= hours.warningSec * 1000 + (moment === 'warn' ? LATE_MS : 0);
  if (isClose) {
    await tell({ [NOTICE]: noticeOf(hours, stop), [STOPS_AT]: stop.toISOString() });
    log(`told all who work that environments stop at ${stop.toISOString()}`);
  } else if (moment !== 'warn') {
    // What an earlier configuration announced is true no longer.
    await tell(NOTHING);
  }
}

/** One that fails holds no other back. @throws the first failure */
async function forEach<T>(items: readonly T[], use: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift())
      await use(item).catch((error) => failures.push(error));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (failures.length > 0) throw failures[0];
}

/** Seconds in which sets that are being made have to be there. */
const PATIENCE_SEC = 120;

if (process.argv[2]) {
  const config = configuration<Config>();
  const tell: World['tell'] = async (namespace, set, values) =>
    void (await change('configmaps', namespace, noticeConfigMap(set), values));
  untilDone(() => act(process.argv[3] as Moment, new Date(), config, { scale, tell }), PATIENCE_SEC);
}
