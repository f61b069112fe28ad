import { GUID } from '../helpers/cases';
import type { Refused } from './refused-values';

const seal = (type: string, settings: string) => `vault: {seal: {type: ${type}, ${settings}}}`;
const kms = (type: string, settings: string) => `boundary: {kms: {type: ${type}, ${settings}}}`;
const aws = (keyId: string, region = 'eu-central-1') => seal('awskms', `region: ${region}, keyId: "${keyId}"`);
const google = (settings: string) =>
  seal(
    'gcpckms',
    `${settings}, ${['project: sandbox-1', 'region: global', 'keyRing: ring', 'cryptoKey: key'].filter((one) => !settings.startsWith(one.split(':')[0])).join(', ')}`,
  );
const azure = (settings: string) =>
  seal(
    'azurekeyvault',
    `${settings}, ${[`tenantId: ${GUID}`, 'vaultName: sandbox-vault', 'keyName: key'].filter((one) => !settings.startsWith(one.split(':')[0])).join(', ')}`,
  );
const transit = (settings: string) =>
  seal('transit', `address: "https://vault.example.com", tokenSecret: token, ${settings}`);
const tokens = (owner: string) => `vault: {engines: {terraform: {enabled: true, ${owner}}}}`;
const store = (settings: string) =>
  `secrets: {delivery: externalSecrets, externalSecrets: {store: {type: awsSecretsManager, ${settings}}}}`;
const keyVault = (settings: string) =>
  `secrets: {delivery: csi, csi: {azureKeyVault: {name: sandbox-vault, keys: [a], ${settings}}}}`;
const known = (annotation: string) => `environments: {serviceAccountAnnotations: {${annotation}}}`;

const KEY_ID = '1234abcd-12ab-34cd-56ef-1234567890ab';
const ARN = 'arn:aws:kms:eu-central-1:111122223333';

const AWS_KEY = 'must be the id of a key, alias/ and a name, or the ARN of either';
const REGION = 'must be the name of a region of AWS, such as eu-central-1';
const PROJECT = 'must be the id of a project, not its name or number (6 to 30 of a-z, 0-9 and -, a letter first)';
const LOCATION = 'must be a location of Cloud KMS, such as europe-west1, europe or global';
const ID = 'must be an id such as 11111111-2222-3333-4444-555555555555';
const PATH = 'must be the path of an engine, such as transit or team/transit';

const wrong: readonly (readonly [text: string, problem: string])[] = [
  [aws('alias/a', 'Frankfurt'), `seal.region: given "Frankfurt", ${REGION}`],
  [aws('alias/a', 'eu-central-1a'), `seal.region: given "eu-central-1a", ${REGION}`],
  [aws('vault'), `seal.keyId: given "vault", ${AWS_KEY}: did you mean alias/vault?`],
  [aws('my key'), `seal.keyId: given "my key", ${AWS_KEY}`],
  [aws(KEY_ID.slice(1)), `seal.keyId: given "${KEY_ID.slice(1)}", ${AWS_KEY}…`],
  [aws(`${ARN}:${KEY_ID}`), `seal.keyId: given "${ARN}:${KEY_ID}", ${AWS_KEY}`],
  [aws('arn:aws:iam::111122223333:role/vault'), `seal.keyId: given "arn:…", ${AWS_KEY}`],
  [
    aws('alias/aws/s3'),
    'seal.keyId: given "alias/aws/s3", must be a key of your own: AWS keeps those below alias/aws/ for its services\' use',
  ],
  [
    aws(`${ARN}:alias/vault`, 'eu-west-1'),
    'seal.keyId: is a key of eu-central-1, which another region does not know: make both the same',
  ],
  [
    kms('awskms', `region: eu-west-1, keyId: "${ARN}:key/${KEY_ID}"`),
    'boundary.kms.keyId: is a key of eu-central-1, which another region does not know: make both the same',
  ],
  [google('project: My Project'), `seal.project: given "My Project", ${PROJECT}`],
  [google('project: "123456789012"'), `seal.project: given "123456789012", ${PROJECT}`],
  [google('region: Europe'), `seal.region: given "Europe", ${LOCATION}`],
  [google('region: europe_west1'), `seal.region: given "europe_west1", ${LOCATION}`],
  [
    google('keyRing: projects/sandbox-1/locations/global/keyRings/ring'),
    'seal.keyRing: given "projects/…", must be a name alone (1 to 63 letters, digits, _ and -): did you mean ring?',
  ],
  [
    kms('gcpckms', 'project: sandbox-1, region: global, keyRing: r, cryptoKey: a.b'),
    'boundary.kms.cryptoKey: given "a.b", must be a name alone (1 to 63 letters, digits, _ and -)',
  ],
  [azure('tenantId: example.onmicrosoft.com'), `seal.tenantId: given "example.onmicrosoft.com", ${ID}`],
  [
    azure('vaultName: https://sandbox-vault.vault.azure.net/'),
    'seal.vaultName: given "https://…", must be the name of a key vault (…): did you mean sandbox-vault?',
  ],
  [
    azure('keyName: my_key'),
    'seal.keyName: given "my_key", must be the name of a key in a key vault (1 to 127 letters, digits and -)',
  ],
  [
    transit('keyName: un/seal'),
    'seal.keyName: given "un/seal", must be the name of a transit key (letters, digits and _, inside - and ., too)',
  ],
  [
    transit('keyName: k, mountPath: /v1/transit/'),
    `seal.mountPath: given "/v1/transit/", ${PATH}: did you mean transit?`,
  ],
  [transit('keyName: k, mountPath: ../sys'), `seal.mountPath: given "../sys", ${PATH}`],
  [transit('keyName: k, mountPath: a//b'), `seal.mountPath: given "a//b", ${PATH}`],
  [
    tokens('organization: Acme Inc.'),
    'terraform.organization: given "Acme Inc.", must be the name of an organization, as its address has it (letters, digits, and inside _ and -)',
  ],
  [
    tokens('teamId: owners'),
    'terraform.teamId: given "owners", must be the id of a team, which begins with team-: the address of its page has it',
  ],
  [
    tokens('teamId: 6p5jTwJQXwqZBn.atlasv1.notATokenOfAnybody'),
    'terraform.teamId: is a secret by its looks and has no place here: …',
  ],
  [
    tokens('userId: team-6p5jTwJQXwqZBncC'),
    'terraform.userId: given "team-6p5jTwJQXwqZBncC", must be the id of a user, which begins with user-: the address of its page has it',
  ],
  [store('region: Ireland'), `store.region: given "Ireland", ${REGION}`],
  [
    store('region: eu-west-1, prefix: "sand box/"'),
    'store.prefix: given "sand box/", must be the beginning of a name in AWS Secrets Manager (letters, digits and / _ + = . @ -, at most 256)',
  ],
  [keyVault(`tenantId: example, clientId: ${GUID}`), `azureKeyVault.tenantId: given "example", ${ID}`],
  [keyVault(`tenantId: ${GUID}, clientId: app`), `azureKeyVault.clientId: given "app", ${ID}`],
  [
    known('eks.amazonaws.com/role-arn: sandbox'),
    'serviceAccountAnnotations["eks.amazonaws.com/role-arn"]: given "sandbox", must be the ARN of a role, such as arn:aws:iam::111122223333:role/sandbox',
  ],
  [
    known('iam.gke.io/gcp-service-account: sandbox'),
    'serviceAccountAnnotations["iam.gke.io/gcp-service-account"]: given "sandbox", must be the address of a service account, such as sandbox@example-project.iam.gserviceaccount.com',
  ],
  [
    known('azure.workload.identity/client-id: sandbox'),
    `serviceAccountAnnotations["azure.workload.identity/client-id"]: given "sandbox", ${ID}`,
  ],
];

/** What names keys, stores and tokens in clouds and other services, and could not be one there. */
export const refusedClouds: Refused[] = wrong.map(([text, problem]) => [text, text, `…${problem}`]);

/** Everything that the services' own documents give as an example of such names. */
export const acceptedClouds: readonly string[] = [
  ...['eu-central-1', 'us-gov-west-1', 'cn-north-1', 'us-iso-east-1', 'eusc-de-east-1', 'ap-southeast-2'].map(
    (region) => aws('alias/vault', region),
  ),
  ...[KEY_ID, `mrk-${'0'.repeat(32)}`, 'alias/team/vault_1-a', `${ARN}:key/${KEY_ID}`, `${ARN}:alias/vault`].map(
    (key) => aws(key),
  ),
  aws(`arn:aws-cn:kms:cn-north-1:111122223333:key/${KEY_ID}`, 'cn-north-1'),
  ...[
    'project: example.com:sandbox-1',
    'region: us',
    'region: eur4',
    'region: nam-eur-asia1',
    'region: us-central1',
  ].map(google),
  google('keyRing: Ring_1-a'),
  azure(`tenantId: ${GUID.replaceAll('1', 'A')}`),
  azure('keyName: 1Key-a'),
  ...['unseal', 'a.b-c_d', 'K'].map((name) => transit(`keyName: ${name}`)),
  ...['transit/', 'team/transit', 'ns1/seal.keys'].map((path) => transit(`keyName: k, mountPath: ${path}`)),
  ...['organization: my-org_1', 'teamId: team-6p5jTwJQXwqZBncC', 'userId: user-V3R563qtJNcExAkN'].map(tokens),
  store('region: eu-west-1, prefix: sandbox/a_b+c=d.e@f-'),
  keyVault(`tenantId: ${GUID}, clientId: ${GUID}`),
  known('eks.amazonaws.com/role-arn: arn:aws-us-gov:iam::111122223333:role/teams/sandbox@a'),
  known('iam.gke.io/gcp-service-account: 123456789012-compute@developer.gserviceaccount.com'),
  known('azure.workload.identity/tenant-id: 11111111-2222-3333-4444-555555555555'),
];
