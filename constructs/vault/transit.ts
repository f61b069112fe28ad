import { Construct } from 'constructs';
import type { VaultPolicy } from '../core/facts';
import { VaultRotations } from './rotations';
import type { Vault } from './vault';

/** Engines that are made otherwise. */
const TAKEN = ['platform', 'secret', 'terraform', 'pki', 'database'];
/** Seconds after which a token ends that nobody renews; the bootstrap does so daily. */
const TOKEN_PERIOD_SEC = 32 * 24 * 3600;

type TransitVault = Pick<Vault, 'bootstrap' | 'sshMounts'>;

/** Vault's transit engine: keys that encrypt for others and never leave Vault. */
export class VaultTransit extends Construct {
  readonly mount: string;
  readonly vault: TransitVault;

  constructor(scope: Construct, id: string, props: { vault: TransitVault; mount: string }) {
    super(scope, id);
    this.vault = props.vault;
    this.mount = props.mount;
    const { user, host } = this.vault.sshMounts;
    if ([...TAKEN, ...user, ...host].includes(this.mount))
      throw new Error(`the path "${this.mount}" of Vault is another engine's: choose another for the transit engine`);
    this.vault.bootstrap.configure({
      mounts: [{ path: this.mount, type: 'transit', description: 'keys that encrypt for other parts' }],
    });
  }

  /** Makes a key. Returns what a policy must allow for encrypting and decrypting with it. */
  addKey(name: string): VaultPolicy['paths'] {
    this.vault.bootstrap.configure({ transitKeys: [{ mount: this.mount, name }] });
    VaultRotations.of(this.vault).add(`${this.mount}/keys/${name}/rotate`);
    return Object.fromEntries(['encrypt', 'decrypt'].map((verb) => [`${this.mount}/${verb}/${name}`, ['update']]));
  }

  /**
   * Makes keys, and keeps a token in a Secret that may encrypt and decrypt with these keys, renew itself and nothing
   * else. Pods that mount the Secret (key `token`) wait until it is there.
   */
  grantUse(props: TransitGrantProps): void {
    const { name, keys, namespace, secretName } = props;
    const { bootstrap } = this.vault;
    const use = keys.map((key) => Object.entries(this.addKey(key)));
    bootstrap.configure({
      policies: [
        {
          name,
          paths: {
            ...Object.fromEntries(use.flat()),
            'auth/token/lookup-self': ['read'],
            'auth/token/renew-self': ['update'],
          },
        },
      ],
      tokenRoles: [{ name, allowedPolicies: [name], periodSec: TOKEN_PERIOD_SEC }],
      tokens: [{ role: name, policies: [name], namespace, secretName, key: 'token' }],
    });
    bootstrap.grantAccess({ namespace, resource: 'secrets', names: [secretName] });
  }
}

export interface TransitGrantProps {
  /** Name of the policy and token role. Not one that begins with `platform-`: these are of grants alone. */
  readonly name: string;
  /** Names of the keys. */
  readonly keys: readonly string[];
  readonly namespace: string;
  readonly secretName: string;
}
