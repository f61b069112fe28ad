import type { VaultFacts } from '../core/facts';
import type { PodPeer } from '../network/peer';
import type { Bootstrap } from '../services/bootstrap';
import type { VaultGrants } from './grants';
import type { SshMounts } from './setup';

type Grants = Pick<VaultGrants, 'addPolicy' | 'addKubernetesRole' | 'addSshRole' | 'addPkiRole'>;

/** A Vault as its own engines see it, each of which takes just the part that it needs. */
export interface Vault extends Grants {
  /** URL inside the cluster. */
  readonly address: string;
  /** Sets up what other parts need inside Vault before they can become Ready. */
  readonly bootstrap: Bootstrap;
  /** Paths of the SSH engines, whether they are used or not. */
  readonly sshMounts: SshMounts;
  readonly facts: Pick<VaultFacts, 'terraform'>;
  /** Lets pods call Vault's API. */
  allowFrom(peer: PodPeer): void;
}
