/** What is killed while a session is open and a file is copied, in the order in which it is. */
export const KILLED = [
  "Boundary's worker",
  "Boundary's controller",
  "Boundary's database",
  'Vault, sealed',
  'Vault, gone',
  'Keycloak',
  'the Vault Secrets Operator',
  "Kubernetes' API server",
  "the environment's node, without power for a minute",
  'the node of the only controller, without power for a minute',
  "the environment's pod",
] as const;
export type Killed = (typeof KILLED)[number];

/** What a person saw of one. */
export interface Seen {
  readonly killed: Killed;
  /** Whether the open session goes on, or says nothing more, or what ssh said at its end. */
  readonly session: 'goes on' | 'hangs' | { readonly ended: string };
  /** Whether all of the file arrived. */
  readonly isCopied: boolean;
  /** The longest time in which a session that goes on said nothing, in seconds. */
  readonly silentSec: number;
  /** Time until a new session opened, in seconds. */
  readonly againSec: number;
}

const row = (...cells: string[]) => `| ${cells.join(' | ')} |`;

/** The heading of the table in docs/ACCESS.md. */
export const KILL_HEAD = [row('Killed', 'What the person saw', 'For how long'), row('---', '---', '---')];

/** Words of a program in a cell of a table. */
const quoted = (text: string) =>
  `"${text
    .split(/\s*\n\s*/)
    .join('; ')
    .replaceAll('|', '\\|')}"`;

function rowOf({ killed, session, isCopied, silentSec, againSec }: Seen): string {
  const words =
    session === 'goes on'
      ? 'goes on'
      : session === 'hangs'
        ? 'hangs until ssh gives up after two minutes'
        : `ends${session.ended && ` (${quoted(session.ended)})`}`;
  const again = `${againSec.toFixed(0)} s until a new one opens`;
  return row(
    killed,
    `the session ${words}, the copy ${isCopied ? 'completes' : 'breaks'}`,
    session === 'goes on' ? `${silentSec.toFixed(1)} s of silence at most, ${again}` : again,
  );
}

/** The table as docs/ACCESS.md has it between its marks. */
export const killTable = (seen: readonly Seen[]): string => [...KILL_HEAD, ...seen.map(rowOf)].join('\n');
