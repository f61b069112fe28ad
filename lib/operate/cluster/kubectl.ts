import type { Options } from 'execa';
import { Failure } from '../failure';
import { type CommandLine, type Ended, lastLines, run } from '../run';
import { signed } from './field-manager';
import { clusterInWords, contextArguments } from './which';

/** An object as the API server answers with it. */
// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
export type KubeObject = any;

const UNREACHABLE =
  /connection to the server .* was refused|context "[^"]*" does not exist|cannot locate context|Unable to connect|no such host|i\/o timeout|no configuration has been provided/;

/** A kubectl that deletes asks five times a second, whatever the server could answer: so many are one's, or more delete. */
const DELETED_BY_ONE = 20;
/** How many delete at once. */
const DELETING = 10;
/** What is said of what is gone, and of a kind that is. */
const GONE = /no matches for kind|not found/;

/** What is said of a kind that the cluster does not know. */
export const NO_KIND = /the server doesn't have a resource type/;

/** Arguments that name files of manifests. */
export const filenames = (files: readonly string[]): string[] => files.flatMap((file) => ['--filename', file]);

/** Which objects are meant. */
export interface Which {
  readonly namespace?: string;
  /** By their labels. */
  readonly selector?: string;
  /** By their fields. */
  readonly fields?: string;
  /** With whose each of their fields is. @default false */
  readonly withManagers?: boolean;
}

/** A command line of kubectl's in the cluster that is meant, for who runs it otherwise. */
export const kubectlCommand = (args: readonly string[]): CommandLine => ['kubectl', ...contextArguments(), ...args];

/** The cluster that is meant, by kubectl. */
export class Kubectl {
  /** Runs it to its end, whatever that is. What it writes is this program's, but for what it applies. */
  run(args: readonly string[], options: Options = {}): Promise<Ended> {
    const [program, ...given] = kubectlCommand(signed(args));
    return run(program, given, options);
  }

  /** What it says. @throws Failure - in words where the cluster does not answer */
  async answer(args: readonly string[], options: Options = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(args, options);
    if (exitCode === 0) return stdout;
    const said = `kubectl ${args.slice(0, 3).join(' ')}: ${lastLines(stderr || stdout, 5)}`;
    if (!UNREACHABLE.test(said)) throw new Failure(said);
    throw new Failure(
      `the cluster does not answer (${await clusterInWords()}: ${said}): do --context, --kubeconfig and KUBECONFIG name the right one?`,
    );
  }

  /** Deletes objects as far as they are there, and waits until they are gone. @throws Failure - where they are not in time */
  async deleteAll(objects: readonly KubeObject[], timeoutSec: number): Promise<void> {
    const count = Math.min(DELETING, Math.ceil(objects.length / DELETED_BY_ONE));
    const shares = Array.from({ length: count }, (_, share) => objects.filter((_, index) => index % count === share));
    const ends = await Promise.all(
      shares.map((share) =>
        this.run(['delete', '--ignore-not-found', `--timeout=${timeoutSec}s`, '--filename', '-'], {
          input: share.map((object) => JSON.stringify(object)).join('\n'),
        }),
      ),
    );
    const failed = ends.find(({ exitCode, stderr }) => exitCode !== 0 && !GONE.test(stderr));
    if (failed) throw new Failure(lastLines(failed.stderr, 5));
  }

  /** Objects of kinds (`pods,jobs`); of every namespace unless one is named. */
  async list(kinds: string, { namespace, selector, fields, withManagers }: Which = {}): Promise<KubeObject[]> {
    const where = namespace ? ['--namespace', namespace] : ['--all-namespaces'];
    const which = [
      ...(selector ? ['--selector', selector] : []),
      ...(fields ? ['--field-selector', fields] : []),
      ...(withManagers ? ['--show-managed-fields'] : []),
    ];
    return JSON.parse(await this.answer(['get', kinds, ...where, ...which, '--output', 'json'])).items;
  }

  /** One object, or undefined where there is none of that name. */
  async find(kind: string, name: string, namespace?: string): Promise<KubeObject | undefined> {
    const where = namespace ? ['--namespace', namespace] : [];
    const text = await this.answer(['get', kind, name, ...where, '--ignore-not-found', '--output', 'json']);
    return text.trim() ? JSON.parse(text) : undefined;
  }
}
