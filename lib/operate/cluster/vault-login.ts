import { stripVTControlCharacters } from 'node:util';
import { Failure } from '../failure';
import { lastLines } from '../run';
import type { Kubectl, KubeObject } from './kubectl';
import { COMPONENT, OURS } from './labels';
import { isReady } from './pods';

/** Longer than any command takes. */
const LOGIN = '1h';
/** Selects the servers of Vault, their StatefulSet and its claims. */
export const SERVERS = `${OURS},app.kubernetes.io/name=vault,${COMPONENT}=server`;
/**
 * Runs in a server of Vault: logs in with what the first line says, runs a command that reads the rest, and ends the
 * login. The token is never an argument.
 */
const SCRIPT = `set -eu
read -r login
VAULT_TOKEN=$(printf %s "$login" | vault write -field=token auth/kubernetes/login -)
export VAULT_TOKEN
trap 'vault token revoke -self >/dev/null' EXIT
"$@"`;

/** The login to Vault that whoever may make tokens of a ServiceAccount has. */
export class VaultLogin {
  /** @param account the ServiceAccount, whose annotations say how to log in */
  constructor(
    private readonly kubectl: Kubectl,
    private readonly account: KubeObject,
  ) {}

  /** @returns arguments of kubectl for a command that is logged in, and what it has to read first */
  async command(args: readonly string[]): Promise<{ args: readonly string[]; login: string }> {
    const { name, namespace } = this.account.metadata;
    const token = ['create', 'token', name, '--namespace', namespace, '--duration', LOGIN];
    const jwt = (await this.kubectl.answer([...token, '--audience', this.annotation('audience')])).trim();
    const { metadata } = await this.server();
    const place = ['--namespace', metadata.namespace, metadata.name, '--container', 'vault'];
    return {
      args: ['exec', '--stdin', ...place, '--', 'sh', '-c', SCRIPT, 'sh', ...args],
      login: `${JSON.stringify({ role: this.annotation('role'), jwt })}\n`,
    };
  }

  /** What the ServiceAccount says of its login. */
  annotation = (what: 'secret' | 'role' | 'audience'): string =>
    this.account.metadata.annotations[`agent-sandbox.dev/vault-${what}`];

  /** What Vault's refusal means. */
  static failure(of: string, text: string): Failure {
    const why = lastLines(stripVTControlCharacters(text), 3);
    const isDenied = /permission denied|invalid role/.test(why);
    return new Failure(`${of}: ${why}${isDenied ? ': sandboxctl up vault makes the login for this' : ''}`);
  }

  /** A server that is unsealed, which is what Ready means. */
  private async server(): Promise<KubeObject> {
    const ready = (await this.kubectl.list('pods', { selector: SERVERS })).find(isReady);
    if (ready) return ready;
    throw new Failure('no server of Vault is Ready: sandboxctl doctor says why');
  }
}
