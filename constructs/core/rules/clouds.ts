import { METADATA } from './networks';

/** Who asks a server of the node for its identity there, what its ServiceAccount's annotations begin with, and how. */
export const GOOGLE_IDENTITY = {
  prefix: 'iam.gke.io/',
  servers: ['169.254.169.252/32', METADATA.ipv4],
  ports: [80, 988],
} as const;

const AWS_REGION = /^[a-z]{2,4}(-[a-z]+)+-\d+$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Keys of several regions have ids of their own. */
const KMS_ID = /^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const KMS_ALIAS = /^alias\/(?!aws\/)[\w/-]{1,250}$/;
const KMS_ARN = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:(?:key\/(.+)|(alias\/.+))$/;

export const awsRegionFault = (value: string): string | undefined =>
  AWS_REGION.test(value) ? undefined : 'must be the name of a region of AWS, such as eu-central-1';

/** The region that the ARN of a key names. */
export const regionOfKey = (value: string): string | undefined => KMS_ARN.exec(value)?.[1];

/** What is wrong with what names a key in AWS KMS; nothing where Vault and Boundary can ask for it. */
export function awsKeyFault(value: string): string | undefined {
  if (/(^|:)alias\/aws\//.test(value))
    return "must be a key of your own: AWS keeps those below alias/aws/ for its services' use";
  const [, , id, alias] = KMS_ARN.exec(value) ?? [];
  if (KMS_ID.test(id ?? value) || KMS_ALIAS.test(alias ?? value)) return undefined;
  const meant =
    /^[\w-]+(\/[\w-]+)*$/.test(value) && KMS_ALIAS.test(`alias/${value}`) ? `: did you mean alias/${value}?` : '';
  return `must be the id of a key, alias/ and a name, or the ARN of either${meant}`;
}

/** What names of secrets in AWS Secrets Manager begin with, with room for what follows. */
export const secretPrefixFault = (value: string): string | undefined =>
  /^[\w/+=.@-]{1,256}$/.test(value)
    ? undefined
    : 'must be the beginning of a name in AWS Secrets Manager (letters, digits and / _ + = . @ -, at most 256)';

/** Older projects have their company's domain before their name. */
export const googleProjectFault = (value: string): string | undefined =>
  /^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(value)
    ? undefined
    : 'must be the id of a project, not its name or number (6 to 30 of a-z, 0-9 and -, a letter first)';

export const googleLocationFault = (value: string): string | undefined =>
  /^[a-z]{2,}(-[a-z]+)*\d*$/.test(value)
    ? undefined
    : 'must be a location of Cloud KMS, such as europe-west1, europe or global';

/** Key rings, and the keys in them. */
export const googleKeyFault = (value: string): string | undefined => {
  if (/^[\w-]{1,63}$/.test(value)) return undefined;
  const meant = /^projects\/.*\/([\w-]{1,63})$/.exec(value)?.[1];
  return `must be a name alone (1 to 63 letters, digits, _ and -)${meant ? `: did you mean ${meant}?` : ''}`;
};

/** Tenants and clients of Entra ID. */
export const guidFault = (value: string): string | undefined =>
  UUID.test(value) ? undefined : 'must be an id such as 11111111-2222-3333-4444-555555555555';

export const keyVaultFault = (value: string): string | undefined => {
  const isName = (text: string) => /^[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$/.test(text) && !text.includes('--');
  if (isName(value)) return undefined;
  const host = /^(?:https:\/\/)?([^./]+)\.[^/]*\/?$/.exec(value)?.[1] ?? '';
  return `must be the name of a key vault (3 to 24 letters, digits and single -, a letter first)${isName(host) ? `: did you mean ${host}?` : ''}`;
};

export const keyVaultKeyFault = (value: string): string | undefined =>
  /^[A-Za-z0-9-]{1,127}$/.test(value)
    ? undefined
    : 'must be the name of a key in a key vault (1 to 127 letters, digits and -)';

/** Annotations by which clouds know a ServiceAccount, and what they read in them. */
const IDENTITIES: Readonly<Record<string, (value: string) => string | undefined>> = {
  'eks.amazonaws.com/role-arn': (value) =>
    /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(value)
      ? undefined
      : 'must be the ARN of a role, such as arn:aws:iam::111122223333:role/sandbox',
  'iam.gke.io/gcp-service-account': (value) =>
    /^[^@\s]+@([a-z0-9-]+\.)+gserviceaccount\.com$/.test(value)
      ? undefined
      : 'must be the address of a service account, such as sandbox@example-project.iam.gserviceaccount.com',
  'azure.workload.identity/client-id': guidFault,
  'azure.workload.identity/tenant-id': guidFault,
};

/** What is wrong with an annotation by which a cloud knows a ServiceAccount; nothing with others. */
export const identityFault = (key: string, value: string): string | undefined =>
  Object.hasOwn(IDENTITIES, key) ? IDENTITIES[key](value) : undefined;
