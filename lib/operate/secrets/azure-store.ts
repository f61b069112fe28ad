import { Failure } from '../failure';
import { lastLines, run } from '../run';
import { expectCommandLine, HANDED, handOver } from './handed';
import type { SecretStore, Values } from './store';

/** A key of environments, and the secret of the key vault that has its value. */
export interface AzureObject {
  readonly key: string;
  readonly objectName: string;
}

const KEYS = 'secrets.csi.azureKeyVault.keys';

/** Secrets of an Azure key vault, one for each key. Who writes is who az is logged in as. */
export class AzureStore implements SecretStore {
  readonly name: string;

  private constructor(
    private readonly keyVault: string,
    private readonly objects: readonly AzureObject[],
  ) {
    this.name = `key vault ${keyVault}`;
  }

  /** @throws Failure - where Azure's command line is not here */
  static async at(keyVault: string, objects: readonly AzureObject[]): Promise<AzureStore> {
    const store = new AzureStore(keyVault, objects);
    await expectCommandLine('az', store.name);
    return store;
  }

  async read(): Promise<Values> {
    const read = async ({ key, objectName }: AzureObject) => [key, await this.valueOf(objectName)] as const;
    const found = await Promise.all(this.objects.map(read));
    return Object.fromEntries(found.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  }

  async write(values: Values): Promise<void> {
    const named = Object.entries(values).map(([key, value]) => ({ name: this.objectOf(key), value }));
    for (const { name, value } of named) {
      const args = ['set', ...this.place(name), '--file', HANDED, '--encoding', 'utf-8', '--output', 'none'];
      const { exitCode, stderr } = await handOver('az', ['keyvault', 'secret', ...args], value);
      if (exitCode !== 0) throw this.failure(name, stderr);
    }
  }

  remove = async (key: string): Promise<void> => this.expectRemovable(key);

  expectRemovable(key: string): never {
    const place = this.place(this.objectOf(key)).join(' ');
    throw new Failure(
      `the driver brings all keys or none, so a secret that it names stays: take ${key} out of ${KEYS} in platform.yaml, run sandboxctl up, and then az keyvault secret delete ${place}; nothing is changed`,
    );
  }

  /** The secret of a key. @throws Failure - where the driver brings no such key */
  private objectOf(key: string): string {
    const found = this.objects.find((object) => object.key === key);
    if (found) return found.objectName;
    const keys = this.objects.map((object) => object.key).join(', ');
    throw new Failure(
      `environments get ${keys} from ${this.name}, and no ${key}: add it to ${KEYS} in platform.yaml, and run the same again after sandboxctl up; nothing is changed`,
    );
  }

  private async valueOf(name: string): Promise<string | undefined> {
    const args = ['keyvault', 'secret', 'show', ...this.place(name), '--query', 'value', '--output', 'json'];
    const { exitCode, stdout, stderr } = await run('az', args);
    if (exitCode === 0) return JSON.parse(stdout);
    if (/SecretNotFound/.test(stderr)) return undefined;
    throw this.failure(name, stderr);
  }

  private place = (name: string): string[] => ['--vault-name', this.keyVault, '--name', name];

  private failure(name: string, text: string): Failure {
    const mend = /deleted but recoverable/.test(text)
      ? `: az keyvault secret recover ${this.place(name).join(' ')}, and the same again`
      : '';
    return new Failure(`${name} in ${this.name}: ${lastLines(text, 3)}${mend}`);
  }
}
