import type { ApiObject } from 'cdk8s';
import type { Front } from '../network/endpoint';
import type { PodPeer } from '../network/peer';
import { CertificateAuthority } from './certificate-authority';
import type { GeneratedSecrets } from './generated-secrets';

/** Where pods find an identity provider that they cannot reach at its issuer's address. */
export interface ProviderEndpoints {
  /** Where browsers log in. */
  readonly authorization: string;
  readonly token: string;
  readonly keys: string;
  readonly userinfo: string;
  /** The pods that answer to all but the first, and their port. Their certificate is the platform authority's. */
  readonly peer: PodPeer;
  readonly port: number;
}

/** A part of the platform that asks people for a login. */
export interface LoginClient {
  /** Where the Secret `clientSecretName` is. */
  readonly namespace: string;
  /** Where a login returns to, exactly. */
  readonly redirectUri: string;
}

/** Where people and groups come from, as one of its clients sees it. */
export interface IdentityProvider {
  /** Issuer, exactly as its tokens name it. */
  readonly issuer: string;
  readonly clientId: string;
  /** Secret with the client's secret in the key `client-secret`, in the namespace of each part. @default - a public client */
  readonly clientSecretName?: string;
  /** @default 'preferred_username' */
  readonly usernameClaim?: string;
  /** @default 'groups' */
  readonly groupsClaim?: string;
  /** A claim that lists a person's name and groups alike, each group with `groupPrefix` before it. @default - none */
  readonly principalsClaim?: string;
  /** Tells groups from names in `principalsClaim`. @default '' */
  readonly groupPrefix?: string;
  /** Scopes that are asked for besides `openid`. @default ['profile', 'groups'] */
  readonly scopes?: readonly string[];
  /** The only authorities that the issuer's certificate may be of, in PEM. @default - the public ones */
  readonly certificateAuthority?: string;
  /** @default - found at the issuer */
  readonly endpoints?: ProviderEndpoints;
  /** What shows a certificate at the issuer's address in the place of the pods. @default - nothing does */
  readonly front?: Front;
  /** Makes a client known, with a secret that is made in the cluster. @default - done by hand at the provider */
  readonly register?: (client: LoginClient) => void;
}

/** Claims and scopes, every default filled in. */
export const resolvedClaims = (identity: IdentityProvider) => ({
  usernameClaim: identity.usernameClaim ?? 'preferred_username',
  groupsClaim: identity.groupsClaim ?? 'groups',
  scopes: identity.scopes ?? ['profile', 'groups'],
});

/** Whose certificate the issuer has to show, as programs read it; neither for a public one. */
export interface IssuerAuthority {
  /** A file of the pod. */
  readonly caFile?: string;
  /** In PEM. */
  readonly ca?: string;
}

/**
 * The platform's own provider has a certificate of the platform's authority, unless something before it has another one;
 * any other provider has one of its own or a public one.
 */
export function issuerAuthority({ endpoints, certificateAuthority, front }: IdentityProvider): IssuerAuthority {
  if (endpoints && !front) return { caFile: CertificateAuthority.FILE };
  const ca = front ? front.certificateAuthority : certificateAuthority;
  return { ...(ca && { ca }) };
}

/** The key of the client's secret. */
export const CLIENT_SECRET_KEY = 'client-secret';

/** A client's secret that is made in the cluster, for `GeneratedSecrets`. */
export const newClientSecret = (secretName: string) => ({
  secretName,
  values: { [CLIENT_SECRET_KEY]: '{{password client 40}}' },
});

/** On what reads a client's secret that people bring: the name of its Secret, by which they find where to write it. */
export const BROUGHT_SECRET = 'agent-sandbox.dev/client-secret';

/**
 * Makes a part's client known, where the provider takes that from the platform, and its secret among the part's own;
 * elsewhere both are brought by people, and `reader` says which Secret it reads in its namespace.
 */
export function registerClient(
  identity: IdentityProvider,
  secrets: GeneratedSecrets,
  client: LoginClient,
  reader: ApiObject,
): void {
  const { clientSecretName, register } = identity;
  if (!register) {
    if (clientSecretName) reader.metadata.addAnnotation(BROUGHT_SECRET, clientSecretName);
    return;
  }
  if (clientSecretName) secrets.add({ ...newClientSecret(clientSecretName), rotates: true });
  register(client);
}
