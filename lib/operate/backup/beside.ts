import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Options } from 'execa';
import { kubectlCommand } from '../cluster/kubectl';
import { Failure } from '../failure';
import { type CommandLine, type Ended, lastLines, type Meanwhile, run } from '../run';
import { type Given, isNewEnough, type Restic } from './restic';

/** A pod that restic runs in. */
export interface PodName {
  readonly namespace: string;
  readonly pod: string;
}

/** Seconds in which a bucket answers: restic itself would go on asking for a quarter of an hour. */
const ANSWER_SEC = 30;
/** Added to restic's status where it fails, and not the command that reads what it writes. */
const FAILED = 100;
/** Status of one whose reader ended. */
const UNREAD = 141;

/** What restic needs comes first on standard input, a line each and then an empty one: no argument has it, and no object. */
const ENTER = `while IFS= read -r line && [ -n "$line" ]; do export "$line"; done
export TMPDIR=/tmp HOME=/tmp
if [ -n "\${SANDBOXCTL_CA:-}" ]; then
  printf %s "$SANDBOXCTL_CA" | base64 -d >/tmp/ca.crt
  export RESTIC_CACERT=/tmp/ca.crt
fi
export SANDBOXCTL_RESTIC="$1"; shift`;
const GIVE = `verb=$1 id=$2 file=$3 failed=$(mktemp); shift 3
{ "$SANDBOXCTL_RESTIC" "$verb" "$id" "$file" || echo $? >"$failed"; } | "$@"
status=$?
[ ! -s "$failed" ] || exit $((${FAILED} + $(cat "$failed")))
exit $status`;
const REACHES = 'exec timeout "$1" "$SANDBOXCTL_RESTIC" cat config';
const BRING = (program: string): string => `cat >${program} && chmod 700 ${program} && ${program} version`;

/** restic in a pod that has the files, so that these go to a bucket and back without a way through this machine. */
export class ResticBeside implements Restic {
  private constructor(
    private readonly where: PodName,
    private readonly program: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /**
   * Brings it there, unless the pod's image has it.
   * @param env where it finds the repository, and how it logs in there
   * @throws Failure - where it does not run there, or does not reach the repository
   */
  static async in(where: PodName, env: Readonly<Record<string, string>>): Promise<ResticBeside> {
    const has = await exec(where, ['restic', 'version']);
    const program = has.exitCode === 0 && isNewEnough(has.stdout) ? 'restic' : await bring(where);
    const restic = new ResticBeside(where, program, env);
    const asked = await restic.run(REACHES, [String(ANSWER_SEC)]);
    if (asked.exitCode === 0) return restic;
    throw new Failure(`a pod does not reach the bucket: ${lastLines(asked.stderr, 2) || `not within ${ANSWER_SEC} s`}`);
  }

  run(script: string, args: readonly string[], _options?: Options, meanwhile?: Meanwhile): Promise<Ended> {
    const lines = Object.entries(this.env).map(([name, value]) => `${name}=${value}\n`);
    const input = `${lines.join('')}\n`;
    return exec(this.where, ['sh', '-c', `${ENTER}\n${script}`, 'sh', this.program, ...args], { input }, meanwhile);
  }

  async give(args: readonly string[], command: CommandLine, { onError }: Given = {}): Promise<[Ended, Ended]> {
    const ended = await this.run(GIVE, [...args, ...command], {}, { onError });
    const status = ended.exitCode ?? 1;
    if (status === FAILED + UNREAD)
      return [
        { ...ended, exitCode: 0 },
        { ...ended, exitCode: 1 },
      ];
    if (status > FAILED) return [{ ...ended, exitCode: status - FAILED }, ended];
    return [{ ...ended, exitCode: 0 }, ended];
  }
}

const exec = (
  { namespace, pod }: PodName,
  command: readonly string[],
  options: Options = {},
  meanwhile?: Meanwhile,
): Promise<Ended> => {
  const [program, ...args] = kubectlCommand(['exec', '--stdin', '--namespace', namespace, pod, '--', ...command]);
  return run(program, args, options, meanwhile);
};

/** Copies this machine's own there. */
async function bring(where: PodName): Promise<string> {
  const inputFile = process.platform === 'linux' ? onPath('restic') : undefined;
  const why = `the image of environments has no restic, and this machine's does not run there`;
  if (!inputFile) throw new Failure(why);
  // Whoever is at work in the same files may lead those that arrive astray: not to a name that nobody knows.
  const program = `/tmp/restic-${randomBytes(16).toString('hex')}`;
  const { exitCode, stdout, stderr } = await exec(where, ['sh', '-c', BRING(program)], { inputFile });
  if (exitCode !== 0 || !isNewEnough(stdout)) throw new Failure(`${why}: ${lastLines(stderr, 1)}`);
  return program;
}

function onPath(program: string): string | undefined {
  const paths = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
