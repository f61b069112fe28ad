const row = (...cells: string[]) => `| ${cells.join(' | ')} |`;

/** What a person saw of a session while something else happened. */
export interface SessionSeen {
  /** What happened. */
  readonly what: string;
  /** What the session went to. */
  readonly to: string;
  /** What ssh said at its end; undefined where it goes on. */
  readonly ended?: string;
  /** The longest time in which nothing was seen of it, in seconds. */
  readonly silentSec: number;
  /** Time until a new one opened, in seconds. */
  readonly againSec: number;
}

/** A table of them, with what they are told by in its heading. */
export const sessionTable = (what: string, seen: readonly SessionSeen[]): string =>
  [
    row(what, 'Session to', 'What the person saw', 'A new one opens after'),
    row('---', '---', '---', '---'),
    ...seen.map(({ what: of, to, ended, silentSec, againSec }) =>
      row(
        of,
        to,
        ended === undefined
          ? `goes on, ${silentSec.toFixed(1)} s of silence at most`
          : `ends${
              ended &&
              ` ("${ended
                .split(/\s*\n\s*/)
                .join('; ')
                .replaceAll('|', '\\|')}")`
            }`,
        `${againSec.toFixed(1)} s`,
      ),
    ),
  ].join('\n');
