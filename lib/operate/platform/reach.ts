import { ConfigError, formatProblem, loadPlatform, neighbour } from '../../config';
import { about, namesIn } from '../../relations/about';
import { type Reach, reachOf } from '../../relations/reach';
import { sectionsOf } from '../../relations/text';
import { Failure } from '../failure';
import { table } from '../output';

/**
 * Who reaches what of the platform in a folder: all, or what concerns a name.
 * @throws Failure - with what is wrong in the configuration, a line each, or where nothing has the name
 */
export function reach(cwd: string, name?: string): Reach[] {
  const loaded = load(cwd);
  const rows = reachOf(loaded);
  if (name === undefined) return rows;
  const found = about(rows, name, loaded.config);
  if (found.length > 0) return found;
  const near = neighbour(name, namesIn(rows, loaded.config));
  throw new Failure(
    `platform.yaml has no person, group, agent, signer or environment ${JSON.stringify(name)}${near ? `: did you mean ${near}?` : ''}`,
  );
}

function load(cwd: string) {
  try {
    return loadPlatform({ cwd, env: process.env });
  } catch (error) {
    if (error instanceof ConfigError) throw new Failure(error.problems.map(formatProblem).join('\n'));
    throw error;
  }
}

const HEADING = ['WHO', 'WHAT', 'REACHES', 'BY', 'HOW'];

/** Tables for people, cut where a terminal ends. */
export const textOf = (rows: readonly Reach[], width?: number): string[] =>
  sectionsOf(rows).flatMap(([title, lines], index) => [
    ...(index > 0 ? [''] : []),
    title,
    ...table([HEADING, ...lines], HEADING.length).map((line) => cut(line, width)),
  ]);

const cut = (line: string, width = Number.POSITIVE_INFINITY): string =>
  line.length > width ? `${line.slice(0, width - 1)}…` : line;
