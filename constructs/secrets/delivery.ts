/** Annotation with the name of the environment whose alone something is. */
export const OWNER_ANNOTATION = 'agent-sandbox.dev/environment';

interface Delivered {
  /** Names the objects that deliver it. */
  readonly name: string;
  /** Kubernetes Secret that it becomes. */
  readonly secretName: string;
  readonly mount: string;
  readonly path: string;
  /**
   * Keys of the Kubernetes Secret: text in which `{{field}}` stands for a field of Vault's answer.
   * @default - the fields that Vault answers with
   */
  readonly templates?: Readonly<Record<string, string>>;
  /** Path of Vault's API that must be allowed for it. */
  readonly policyPath: string;
  /** Whose alone it is, by a login of its own. @default - the namespace's */
  readonly owner?: string;
}

/** Values that people write, read again and again. */
export interface StaticSecret extends Delivered {
  readonly kind: 'static';
}

/** Values that Vault makes when they are asked for. */
export interface DynamicSecret extends Delivered {
  readonly kind: 'dynamic';
  /** Seconds that their lease lasts unless it is renewed. @default - they have none, and are read again like those that people write */
  readonly leaseSec?: number;
}

/** A certificate with its key, made anew before it ends. */
export interface CertificateSecret extends Delivered {
  readonly kind: 'certificate';
  /** Role of the PKI engine that signs it. */
  readonly role: string;
  readonly dnsNames: readonly string[];
  /** Seconds that it is valid. */
  readonly ttlSec: number;
}

/** A secret that is to stand in a Kubernetes Secret. */
export type DeliveredSecret = StaticSecret | DynamicSecret | CertificateSecret;

/** A way that secrets take into a namespace. */
export interface SecretDelivery {
  /** Namespace that it brings secrets to; grants to consumers of another one throw. @default - any */
  readonly namespace?: string;
  deliver(secret: DeliveredSecret): void;
}

/** The keys of a secret as an operator's own templates, `reference` being how those name a field. */
export const templatesOf = (
  templates: Readonly<Record<string, string>>,
  reference: (field: string) => string,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(templates).map(([key, text]) => [
      key,
      text.replace(/\{\{(\w+)\}\}/g, (_, field) => `{{ ${reference(field)} }}`),
    ]),
  );

/** How long before its end a certificate is made anew: a third of its life. */
export const renewBeforeSec = ({ ttlSec }: CertificateSecret): number => Math.floor(ttlSec / 3);
