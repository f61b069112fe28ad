import type { PodPeer } from '../network/peer';
import type { SecretDelivery } from './delivery';

/** Whatever may be granted secrets: pods with a ServiceAccount of their own. */
export interface SecretConsumer {
  readonly peer: PodPeer;
  readonly namespace: string;
  /** Brings secrets into the consumer's namespace. Grants throw without one. */
  readonly secretDelivery?: SecretDelivery;
}
