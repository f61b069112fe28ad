import type { PodPeer } from '../network/peer';
import type { DeliveredSecret, SecretDelivery } from './delivery';

/** Whatever may be granted secrets: pods with a ServiceAccount of their own. */
export interface SecretConsumer {
  readonly peer: PodPeer;
  readonly namespace: string;
  /** Brings secrets into the consumer's namespace. Grants throw without one. */
  readonly secretDelivery?: SecretDelivery;
  /**
   * Whose alone is what is granted, a name within the namespace: it has Secrets and a login of its own.
   * @default - the namespace's, whose consumers share what is delivered
   */
  readonly secretOwner?: string;
  /**
   * Told of each secret that is granted to be seen among the environment's own.
   *
   * @param files by key, what single keys are called as files; without it each key is a file of its name
   * @default - the consumer mounts the Secret where it likes
   */
  mountSecret?(secretName: string, files?: Readonly<Record<string, string>>): void;
}

/** The delivery of a consumer, or an error that says what to do. */
function deliveryOf({ namespace, secretDelivery }: SecretConsumer, what: string): SecretDelivery {
  const refusal = `${what} cannot be granted to namespace "${namespace}"`;
  if (!secretDelivery) throw new Error(`${refusal}: give it a secretDelivery, such as a VsoBinding`);
  if ((secretDelivery.namespace ?? namespace) === namespace) return secretDelivery;
  throw new Error(
    `${refusal}: its secretDelivery brings secrets to "${secretDelivery.namespace}", so make another for this namespace`,
  );
}

/**
 * Has a secret brought to a consumer, and seen there.
 *
 * @param what it is, in words
 * @param files by key, what single keys are called as files
 * @throws if nothing brings secrets there, or it cannot be the consumer's
 */
export function deliverTo(
  consumer: SecretConsumer,
  what: string,
  secret: DeliveredSecret,
  files?: Readonly<Record<string, string>>,
): void {
  const delivery = deliveryOf(consumer, what);
  consumer.mountSecret?.(secret.secretName, files);
  const { secretOwner: owner } = consumer;
  // Two owners may be granted one secret: each has it by the name of a Secret that is theirs alone.
  delivery.deliver(owner ? { ...secret, owner, name: secret.secretName } : secret);
}

/** Keys as files of a folder that is called like their Secret: many have keys of these names. */
export const inFolder = (secretName: string, keys: readonly string[]): Record<string, string> =>
  Object.fromEntries(keys.map((key) => [key, `${secretName}/${key}`]));
