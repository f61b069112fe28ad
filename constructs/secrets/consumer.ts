import type { PodPeer } from '../network/peer';
import type { SecretDelivery } from './delivery';

/** Whatever may be granted secrets: pods with a ServiceAccount of their own. */
export interface SecretConsumer {
  readonly peer: PodPeer;
  readonly namespace: string;
  /** Brings secrets into the consumer's namespace. Grants throw without one. */
  readonly secretDelivery?: SecretDelivery;
  /** Told of each secret of people's that is granted. @default - the consumer mounts the Secret where it likes */
  mountSecret?(secretName: string): void;
}
