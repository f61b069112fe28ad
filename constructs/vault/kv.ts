import { Construct } from 'constructs';
import type { VaultMount } from '../core/facts';
import { deliverTo, type SecretConsumer } from '../secrets/consumer';
import { SecretWriter, type SecretWriterProps } from './secret-writer';

/** Vault's key-value engine, version 2, at `secret/`. */
export class VaultKv extends Construct {
  readonly mount = 'secret';
  readonly mounts: readonly VaultMount[] = [
    { path: 'secret', type: 'kv', options: { version: '2' }, description: 'credentials of development environments' },
  ];

  constructor(scope: Construct, id: string, _props: { vault: Construct }) {
    super(scope, id);
  }

  /**
   * The secret at a path below `secret/`, whether it exists yet or not.
   *
   * @throws if a policy would mean others by it, or Vault takes no such path
   */
  secret(path: string): KvSecret {
    return new KvSecret(this.mount, path);
  }
}

/** What Vault cleans out of a path, or a policy takes for a pattern. */
const isPart = (part: string) => !['', '.', '..', '+'].includes(part) && !part.includes('*');

/** One secret of a key-value engine. */
export class KvSecret {
  /** @throws if a policy would mean others by the path, or Vault takes no such path */
  constructor(
    readonly mount: string,
    readonly path: string,
  ) {
    if (!path.split('/').every(isPart))
      throw new Error(
        `secret "${path}" must be a path such as team/api: no part of it is empty, ".", ".." or "+", and none has a "*"`,
      );
  }

  /**
   * Delivers the secret to a consumer's namespace, or to one environment of it alone: the objects that deliver it, the
   * policy and role that let them read this path and no other, and the routes between them. Environments see its keys
   * among their secrets.
   *
   * @throws if nothing brings secrets there, the Secret is another one's, or all environments have it
   */
  grantRead(consumer: SecretConsumer, secretName: string): void {
    const name = this.path.replace(/\//g, '-');
    deliverTo(consumer, `secret "${this.mount}/${this.path}"`, {
      name,
      secretName,
      mount: this.mount,
      path: this.path,
      kind: 'static',
      policyPath: `${this.mount}/data/${this.path}`,
    });
  }

  /**
   * Lets people with rights in the cluster read and write the secret, by a ServiceAccount of its own.
   *
   * @param owner the environment that it is for alone, where it is for one
   * @throws if the ServiceAccount of another secret has its name, or it is for another one
   */
  grantWrite(vault: Construct & SecretWriterProps['vault'], owner?: Pick<SecretConsumer, 'secretOwner'>): void {
    const { mount, path } = this;
    const { secretOwner } = owner ?? {};
    const id = `writer-${mount}-${path}`.replace(/\//g, '-');
    const before = vault.node.tryFindChild(id) as SecretWriter | undefined;
    if (before && before.path !== path)
      throw new Error(`secret "${path}" cannot be written by a name of its own: "${before.path}" has it`);
    if (before && before.owner !== secretOwner)
      throw new Error(
        `secret "${path}" is written for "${before.owner ?? 'all'}" already, got "${secretOwner ?? 'all'}": give each a secret of its own`,
      );
    if (!before) new SecretWriter(vault, id, { vault, mount, path, owner: secretOwner });
  }
}
