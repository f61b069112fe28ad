import type { k8s } from '../core/k8s';

/** By key, what single keys are called as files. */
type Files = Readonly<Record<string, string>>;

/** Secrets that reach an environment whichever way they came into its namespace. */
const KNOWN: ReadonlyMap<string, Files | undefined> = new Map([
  ['devenv-secrets', undefined],
  ['devenv-vault-secrets', undefined],
  ['tfe-dynamic-token', { token: 'TFE_TOKEN' }],
]);

/** The Secrets that the environments of a set see. */
export class GrantedSecrets {
  private readonly ofSet = new Map<string, Files | undefined>();
  private readonly own = new Map<string, Files | undefined>();

  add(secretName: string, files?: Files): void {
    if (!KNOWN.has(secretName)) this.ofSet.set(secretName, files);
  }

  /** Adds one that its only environment has alone. @throws if every environment mounts it */
  addOwn(secretName: string, files?: Files): void {
    if (KNOWN.has(secretName))
      throw new Error(
        `Secret "${secretName}" is mounted by every environment of its namespace, and would not be one's alone: choose another name`,
      );
    this.own.set(secretName, files);
  }

  /** In the order in which they count: a later one's key replaces an earlier's. */
  get projections(): k8s.SecretProjection[] {
    const all = [...KNOWN, ...this.ofSet, ...this.own];
    // Kubernetes refuses a file that two of them name; the last one counts, as it does with keys.
    const owners = new Map(all.flatMap(([name, files]) => Object.values(files ?? {}).map((path) => [path, name])));
    return all.flatMap(([name, files]) => {
      if (!files) return [{ name }];
      const items = Object.entries(files).map(([key, path]) => ({ key, path }));
      const left = items.filter(({ path }) => owners.get(path) === name);
      return left.length > 0 ? [{ name, items: left }] : [];
    });
  }
}
