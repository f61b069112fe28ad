import { type Kubectl, type KubeObject, kubectlCommand } from '../cluster/kubectl';
import { OURS } from '../cluster/labels';
import { isReady } from '../cluster/pods';
import { until } from '../until';
import { counted } from './counted';
import type { Repository, Source } from './repository';
import type { Snapshot } from './snapshot';

const START_SEC = 180;
/** Whoever is in the pod is the server's only user. */
const LOGIN = 'export PGHOST=/tmp PGUSER="$1" PGDATABASE="$1"';
const DUMP = `${LOGIN}; exec pg_dump --format=custom --compress=0`;
/** All or nothing, in the place of what is there. Without statistics, each of Boundary's queries takes seconds. */
const RESTORE = `set -eu; ${LOGIN}
dropdb --maintenance-db=postgres --force --if-exists "$1"
createdb --maintenance-db=postgres "$1"
pg_restore --dbname="$1" --single-transaction --exit-on-error
vacuumdb --analyze-only --quiet`;

/** A database of the platform's own. */
export class PlatformDatabase {
  readonly kind = 'database';
  readonly name: string;
  readonly namespace: string;

  private constructor(
    private readonly kubectl: Kubectl,
    { metadata }: KubeObject,
  ) {
    this.name = metadata.name;
    this.namespace = metadata.namespace;
  }

  /** Those that stand in a cluster. */
  static async all(kubectl: Kubectl): Promise<PlatformDatabase[]> {
    const sets = await kubectl.list('statefulsets', { selector: `${OURS},app.kubernetes.io/name=postgresql` });
    return sets.map((set) => new PlatformDatabase(kubectl, set));
  }

  async source(): Promise<Source> {
    return { command: kubectlCommand(this.exec(counted('sh', '-c', DUMP, 'sh', await this.user()))) };
  }

  /** Puts what was kept in the place of what is there. @throws Failure - where anything is missing: then nothing is there */
  async restore(repository: Repository, snapshot: Snapshot): Promise<void> {
    const pod = ['pod', `${this.name}-0`, this.namespace] as const;
    await until(`${this.name} starts`, START_SEC, async () => {
      const found = await this.kubectl.find(...pod);
      return found && isReady(found);
    });
    const command = this.exec(['sh', '-c', RESTORE, 'sh', await this.user()], '--stdin');
    await repository.give(snapshot, kubectlCommand(command));
  }

  private exec = (command: readonly string[], ...options: string[]): string[] => {
    const place = ['--namespace', this.namespace, `${this.name}-0`, '--container', 'postgresql'];
    return ['exec', ...options, ...place, '--', ...command];
  };

  /** Whose name the database has, too. */
  private async user(): Promise<string> {
    const secret = await this.kubectl.find('secret', this.name, this.namespace);
    return Buffer.from(secret?.data.username ?? '', 'base64').toString();
  }
}
