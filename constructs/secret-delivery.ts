/** A secret of Vault that is to stand in a Kubernetes Secret. */
export interface DeliveredSecret {
  /** Names the objects that deliver it. */
  readonly name: string;
  /** Kubernetes Secret that it becomes. */
  readonly secretName: string;
  readonly mount: string;
  readonly path: string;
  /** `static` values are read again and again, `dynamic` ones are leased and renewed. */
  readonly kind: 'static' | 'dynamic';
  /** Keys of the Kubernetes Secret, each a template over Vault's answer. @default - the keys that Vault answers with */
  readonly templates?: Readonly<Record<string, string>>;
  /** Path of Vault's API that must be readable for it. */
  readonly policyPath: string;
}

/** A way that secrets take from Vault into a namespace. */
export interface SecretDelivery {
  deliver(secret: DeliveredSecret): void;
}

/** The delivery of a consumer, or an error that says what to do. */
export function deliveryOf(
  consumer: { secretDelivery?: SecretDelivery; namespace: string },
  what: string,
): SecretDelivery {
  if (consumer.secretDelivery) return consumer.secretDelivery;
  throw new Error(
    `${what} cannot be granted to namespace "${consumer.namespace}": give it a secretDelivery, such as a VsoBinding`,
  );
}
