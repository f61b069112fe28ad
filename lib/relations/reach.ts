import { formatPath, type LoadedPlatform, type Path } from '../config';
import { reachIntoEnvironments } from './reach-environments';
import { reachOut } from './reach-network';
import { reachOfParts } from './reach-parts';
import { reachOfSecrets } from './reach-secrets';
import type { Row } from './row';

/** One line of who reaches what. Its fields and their names are what `sandboxctl access --json` promises. */
export interface Reach extends Omit<Row, 'by'> {
  /** The setting that decides; null where none does, and nothing opens what is closed. */
  readonly setting: string | null;
  /** Where that is written, such as platform.yaml:12; null where it has its default. */
  readonly where: string | null;
}

/** Without the column: a line is what a review looks at. */
const lineOf = (where: string) => where.replace(/^(.*:\d+):\d+$/, '$1');

/** Who reaches which environment, secret, host and part of the platform, from the configuration alone. */
export function reachOf({ config, whereOf }: LoadedPlatform): Reach[] {
  const isGiven = (path: Path) => whereOf(path) !== undefined;
  const rows = [
    ...reachIntoEnvironments(config, isGiven),
    ...reachOfSecrets(config, isGiven),
    ...reachOut(config, isGiven),
    ...reachOfParts(config),
  ];
  return rows.map(({ by, ...row }) => {
    const where = by && whereOf(by);
    return { ...row, setting: by ? formatPath(by) : null, where: where ? lineOf(where) : null };
  });
}
