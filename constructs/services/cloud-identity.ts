import { GOOGLE_IDENTITY } from '../core/rules/clouds';
import { type AddressPeer, allow, type PodPeer } from '../network/peer';

/** Whom the cloud takes the pods for: an identity that it gives to their ServiceAccount, and never a key of their own. */
export interface CloudIdentity {
  /** Annotations of the ServiceAccount, such as `eks.amazonaws.com/role-arn`. @default {} */
  readonly serviceAccountAnnotations?: Readonly<Record<string, string>>;
}

/** Where EKS tells pods who they are that have an association in the place of annotations. */
export const AWS_IDENTITY = { name: 'cloud-identity', cidrs: ['169.254.170.23/32', 'fd00:ec2::23/128'] };

/** What a cloud does around pods that it knows by their ServiceAccount. */
interface Cloud {
  /** What its annotations begin with. */
  readonly prefix: string;
  /** Servers of the node that tell pods who they are; none where a mounted file does. */
  readonly servers: readonly string[];
  /** Labels by which it knows the pods that ask. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Variables that it puts into their containers. */
  readonly variables: readonly string[];
}

export const AWS: Cloud = {
  prefix: 'eks.amazonaws.com/',
  servers: [],
  podLabels: {},
  variables: [
    ...['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_STS_REGIONAL_ENDPOINTS'],
    ...['AWS_REGION', 'AWS_DEFAULT_REGION'],
  ],
};

export const GOOGLE: Cloud = {
  prefix: GOOGLE_IDENTITY.prefix,
  servers: GOOGLE_IDENTITY.servers,
  podLabels: {},
  variables: [],
};

export const AZURE: Cloud = {
  prefix: 'azure.workload.identity/',
  servers: [],
  podLabels: { 'azure.workload.identity/use': 'true' },
  variables: ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_FEDERATED_TOKEN_FILE', 'AZURE_AUTHORITY_HOST'],
};

/** What the clouds that are meant by annotations of a ServiceAccount do around its pods. */
export function around({ serviceAccountAnnotations = {} }: CloudIdentity): Omit<Cloud, 'prefix'> {
  const keys = Object.keys(serviceAccountAnnotations);
  const meant = [AWS, GOOGLE, AZURE].filter(({ prefix }) => keys.some((key) => key.startsWith(prefix)));
  return {
    servers: meant.flatMap(({ servers }) => servers),
    podLabels: Object.assign({}, ...meant.map(({ podLabels }) => podLabels)),
    variables: meant.flatMap(({ variables }) => variables),
  };
}

/** Lets pods ask the node's servers who they are, by the ports of both ways to these. */
export function allowIdentity(peer: PodPeer, servers: readonly string[]): void {
  if (servers.length === 0) return;
  const to: AddressPeer = { name: 'cloud-identity', cidrs: servers };
  allow(
    peer,
    to,
    GOOGLE_IDENTITY.ports.map((port) => ({ port })),
  );
}
