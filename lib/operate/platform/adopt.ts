import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Boundary } from '../client/boundary';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { VaultLogin } from '../cluster/vault-login';
import { Failure } from '../failure';
import type { Stack } from './project';
import { type Adopted, type Creation, Taken, type Terraform } from './terraform';

/** Where Boundary has what Terraform's types are: the collection, the field with what it is in, the field that is unique in there. */
const COLLECTIONS: Readonly<Record<string, readonly [collection: string, within: string, unique: string]>> = {
  boundary_target: ['targets', 'scope_id', 'name'],
  boundary_role: ['roles', 'scope_id', 'name'],
  boundary_alias_target: ['aliases', 'scope_id', 'value'],
  boundary_managed_group: ['managed-groups', 'auth_method_id', 'name'],
  boundary_credential_library_vault: ['credential-libraries', 'credential_store_id', 'name'],
};
const TERRAFORM_CLOUD = 'vault_terraform_cloud_secret_backend';
/** The field with the path of an engine of Vault, which is its id for Terraform. */
const ENGINES: Readonly<Record<string, string>> = { vault_mount: 'path', [TERRAFORM_CLOUD]: 'backend' };
const NETWORK_POLICY = 'kubernetes_network_policy_v1';

/**
 * Carries the last plan out. What exists already is taken over: it is of a run that was killed after it was made and
 * before Terraform noted it.
 * @param signal ends it before it is through
 * @throws Failure - what was refused, where nothing can be taken over
 */
export async function applyAdopting(
  terraform: Terraform,
  stack: Stack,
  kubectl: Kubectl,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await terraform.apply(signal);
  } catch (refused) {
    if (!(refused instanceof Taken)) throw refused;
    // What was made beside the refused is noted.
    await terraform.plan();
    const there = new Existing(stack, kubectl, terraform.authority);
    const adopted = await there.among(await terraform.creations()).catch((error: Error) => {
      throw new Failure(`${refused.message}; it cannot be taken over: ${error.message}`);
    });
    if (adopted.length === 0) throw refused;
    await terraform.plan(adopted);
    await terraform.apply(signal);
  }
}

/** What exists of what a stack makes, found with the logins of its own providers. */
class Existing {
  /** Asked once each. */
  private readonly asked = new Map<string, Promise<unknown>>();

  constructor(
    private readonly stack: Stack,
    private readonly kubectl: Kubectl,
    private readonly authority?: string,
  ) {}

  async among(creations: readonly Creation[]): Promise<Adopted[]> {
    const ids = await Promise.all(creations.map((creation) => this.idOf(creation)));
    return creations.flatMap(({ address }, index) => (ids[index] ? [{ address, id: ids[index] }] : []));
  }

  private async idOf({ type, values }: Creation): Promise<string | undefined> {
    if (type in COLLECTIONS) {
      const [collection, within, unique] = COLLECTIONS[type];
      const items = await this.inBoundary(collection, `${within}=${values[within]}`);
      return items.find((item) => item[unique] === values[unique])?.id;
    }
    if (type in ENGINES) {
      const path = values[ENGINES[type]];
      if (!(`${path}/` in (await this.engines()))) return undefined;
      // Without it, as it is at first, Vault fails to read what it has of this engine.
      if (type === TERRAFORM_CLOUD) await this.inVault(['write', `${path}/config`, `address=${values.address}`]);
      return path;
    }
    if (type !== NETWORK_POLICY) return undefined;
    const [{ name, namespace }] = values.metadata;
    return (await this.kubectl.find('networkpolicy', name, namespace)) && `${namespace}/${name}`;
  }

  private inBoundary = async (collection: string, where: string) => {
    const boundary = await this.once('boundary', () => this.logIn());
    const list = () => boundary.list(collection, where) as Promise<Record<string, string>[]>;
    return this.once(`${collection}?${where}`, list);
  };

  private engines = (): Promise<object> =>
    this.once('engines', async () => JSON.parse(await this.inVault(['secrets', 'list', '-format=json'])));

  /** A file of the stack, in which its providers' logins are. */
  private written = (file: string): KubeObject => JSON.parse(readFileSync(join(this.stack.folder, file), 'utf8'));

  private async logIn(): Promise<Boundary> {
    const [{ addr: address, auth_method_login_name: user }] = this.written('cdk.tf.json').provider.boundary;
    const { mount, name } = this.written('ephemeral.tf.json').ephemeral.vault_kv_secret_v2.service_account;
    const password = (await this.inVault(['kv', 'get', '-field=password', `-mount=${mount}`, name])).trim();
    const server = { address, ca: this.authority && readFileSync(this.authority, 'utf8') };
    const token = await new Boundary(server).logInByPassword(user, password);
    if (!token) throw new Failure(`Boundary refuses the password of ${user}`);
    return new Boundary(server, token);
  }

  private async inVault(command: readonly string[]): Promise<string> {
    const { name, namespace } = this.written('ephemeral.tf.json').ephemeral.kubernetes_token_request_v1.vault.metadata;
    const account = await this.kubectl.find('serviceaccount', name, namespace);
    const { args, login } = await new VaultLogin(this.kubectl, account).command(['vault', ...command]);
    return this.kubectl.answer(args, { input: login });
  }

  private once<T>(what: string, ask: () => Promise<T>): Promise<T> {
    if (!this.asked.has(what)) this.asked.set(what, ask());
    return this.asked.get(what) as Promise<T>;
  }
}
