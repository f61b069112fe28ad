import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { VaultLogin } from '../cluster/vault-login';
import type { SecretStore, Values } from './store';

/** Whether that is what Vault says where nothing stands at a path: when it is read, and when it is patched. */
const isNothing = (exitCode: number | undefined, said: string): boolean =>
  exitCode === 2 && /No value found|Code: 404/.test(said);

/** A secret of Vault's key-value engine. No value is ever an argument. */
export class VaultStore implements SecretStore {
  readonly name: string;
  private readonly secret: string;
  private readonly login: VaultLogin;

  /** @param writer the ServiceAccount that reads and writes it, whose annotations say what it is for */
  constructor(
    private readonly kubectl: Kubectl,
    writer: KubeObject,
  ) {
    this.login = new VaultLogin(kubectl, writer);
    this.secret = this.login.annotation('secret');
    this.name = `${this.secret} in Vault`;
  }

  async read(): Promise<Values> {
    const { exitCode, stdout, stderr } = await this.vault(['get', '-format=json', this.secret]);
    if (isNothing(exitCode, stderr)) return {};
    if (exitCode !== 0) throw VaultLogin.failure(this.name, stderr);
    return JSON.parse(stdout).data.data ?? {};
  }

  async write(values: Values): Promise<void> {
    const input = JSON.stringify(values);
    const patched = await this.patch(input);
    const { exitCode, stderr } = isNothing(patched.exitCode, patched.stderr)
      ? await this.vault(['put', this.secret, '-'], input)
      : patched;
    if (exitCode !== 0) throw VaultLogin.failure(this.name, stderr);
  }

  async remove(key: string): Promise<void> {
    // Of a patch's fields, those of null go.
    const { exitCode, stderr } = await this.patch(JSON.stringify({ [key]: null }));
    if (exitCode !== 0 && !isNothing(exitCode, stderr)) throw VaultLogin.failure(this.name, stderr);
  }

  private patch = (input: string) => this.vault(['patch', '-method=patch', this.secret, '-'], input);

  private async vault(command: readonly string[], input = '') {
    const { args, login } = await this.login.command(['vault', 'kv', ...command]);
    return this.kubectl.run(args, { input: `${login}${input}` });
  }
}
