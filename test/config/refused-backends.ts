import type { Refused } from './refused-values';

const backend = (type: string, config: string) => `terraform: {backend: {type: ${type}, config: ${config}}}`;

/** Arguments that a backend does not know, lacks or must not be given in a file. */
export const refusedBackends: Refused[] = [
  [
    'an argument with a slip of the pen',
    backend('s3', '{bucket: states, regoin: eu-west-1}'),
    'platform.yaml:1:58: terraform.backend.config.regoin: unknown argument of the backend s3: did you mean region?',
  ],
  [
    "an argument of another backend's",
    backend('gcs', '{bucket: states, key: sandbox}'),
    '…config.key: unknown argument of the backend gcs: it knows bucket, prefix, impersonate_service_account, …',
  ],
  [
    'S3 without its bucket',
    backend('s3', '{region: eu-west-1}'),
    '…config.bucket: is missing: the backend s3 needs it',
  ],
  ['GCS without its bucket', backend('gcs', '{}'), '…config.bucket: is missing: the backend gcs needs it'],
  [
    'Azure without its container',
    backend('azurerm', '{storage_account_name: states}'),
    '…config.container_name: is missing: the backend azurerm needs it',
  ],
  ['HTTP without its address', backend('http', '{}'), '…config.address: is missing: the backend http needs it'],
  ['a cloud of nobody', backend('cloud', '{}'), '…config.organization: is missing: the backend cloud needs it'],
  [
    'a role without its name',
    backend('s3', '{bucket: b, assume_role: {session_name: x}}'),
    '…config.assume_role.role_arn: is missing: the backend s3 needs it',
  ],
  [
    'a misspelt argument of a block',
    backend('s3', '{bucket: b, endpoints: {s4: "https://s3.example.com"}}'),
    '…config.endpoints.s4: unknown argument of the backend s3: did you mean s3?',
  ],
  [
    'a switch that is none',
    backend('s3', '{bucket: b, use_lockfile: "yes"}'),
    '…config.use_lockfile: given "yes", must be true or false',
  ],
  [
    'an account that is a number, which would lose its zeros',
    backend('s3', '{bucket: b, allowed_account_ids: ["012345678901", 1]}'),
    '…config.allowed_account_ids: given a list, must be a list of texts',
  ],
  [
    'a name that is a number',
    backend('gcs', '{bucket: 7}'),
    '…config.bucket: given 7, must be text that is not empty: put it in quotes',
  ],
  [
    'a key that begins with a slash',
    backend('s3', '{bucket: b, key: /x}'),
    '…config.key: given "/x", must not begin or end with /',
  ],
  [
    'an address that is none',
    backend('http', '{address: states.example.com}'),
    '…config.address: given "states.example.com", must be a URL such as https://states.example.com/sandbox',
  ],
  [
    'an address of a lock with a blank in it',
    backend('http', '{address: "https://states.example.com/x", lock_address: "https://lock .example.com"}'),
    '…config.lock_address: given "https://lock .example.com", must be a URL such as …',
  ],
  [
    'a schema that PostgreSQL would cut, the same for every stack',
    backend('pg', `{schema_name: ${'s'.repeat(54)}}`),
    '…config.schema_name: given "sss…, must be at most 53 characters long, not 54: a schema of PostgreSQL has 63, with the name of a stack at its end',
  ],
  [
    'a Secret of states in capitals',
    backend('kubernetes', '{secret_suffix: My_State}'),
    '…config.secret_suffix: given "My_State", must have a-z, 0-9 and - inside alone, as names of Secrets do',
  ],
  [
    'a Secret of states whose label is too long',
    backend('kubernetes', `{secret_suffix: ${'s'.repeat(54)}}`),
    '…config.secret_suffix: given "sss…, must be at most 53 characters long, not 54: a Secret\'s label has 63, …',
  ],
  [
    'labels of states that are none',
    backend('kubernetes', '{labels: {team: "a b"}}'),
    '…config.labels: given a map, must be a label value (letters, digits, and inside -, _ and ., at most 63 characters)',
  ],
  [
    "a file below a person's home",
    backend('local', '{path: ~/states/sandbox.tfstate}'),
    '…config.path: given "~/states/sandbox.tfstate", must not begin with ~, which nobody replaces: give the path from / on',
  ],
  [
    'a folder for a file',
    backend('local', '{path: states/}'),
    '…config.path: given "states/", must end in the name of a file',
  ],
  [
    'a workspace with a blank',
    backend('cloud', '{organization: o, workspaces: {name: my sandbox}}'),
    '…config.workspaces.name: given "my sandbox", must have letters, digits, - and _ alone, as names of workspaces do',
  ],
  [
    'a host with its scheme',
    backend('remote', '{organization: o, hostname: "https://app.terraform.io"}'),
    '…config.hostname: given "https://app.terraform.io", must be a host name without a scheme, such as app.terraform.io',
  ],
  [
    'a bucket by its URL',
    backend('gcs', '{bucket: "gs://states"}'),
    '…config.bucket: given "gs://states", must be the bucket\'s name alone',
  ],
  [
    'workspaces by a prefix, which leaves open which one is meant',
    backend('remote', '{organization: o, workspaces: {prefix: sandbox-}}'),
    '…config.workspaces.prefix: chooses among several workspaces, and each stack has one of its own: give workspaces.name',
  ],
  [
    'workspaces by tags',
    backend('cloud', '{organization: o, workspaces: {tags: [sandbox]}}'),
    '…config.workspaces.tags: chooses among several workspaces, and each stack has one of its own: give workspaces.name, and tags in Terraform Cloud itself',
  ],
  [
    'a workspace named twice',
    backend('remote', '{organization: o, workspace: a, workspaces: {name: b}}'),
    '…config.workspace: says the same as terraform.backend.config.workspaces.name: keep one of them',
  ],
  ...(
    [
      ['s3', 'bucket: b', 'secret_key'],
      ['azurerm', 'storage_account_name: s, container_name: c', 'sas_token'],
      ['pg', '', 'conn_str'],
      ['http', 'address: "https://x.example.com"', 'password'],
      ['remote', 'organization: o', 'token'],
    ] as const
  ).map(
    ([type, rest, key]): Refused => [
      `the secret argument ${key}`,
      backend(type, `{${rest}${rest && ', '}${key}: x}`),
      `…config.${key}: is a secret and has no place here: leave it to the environment that Terraform runs in`,
    ],
  ),
  [
    'a password in the address of states',
    backend('http', '{address: "https://me:pw@states.example.com/x"}'),
    '…config.address: is a secret…',
  ],
  [
    'a prefix of releases that leaves no room',
    `terraform: {releasePrefix: ${'p'.repeat(31)}}`,
    '…terraform.releasePrefix: given "…", must be at most 30 characters long, not 31: names of releases have 53',
  ],
  [
    "releases kept in a namespace of the platform's, which would go with them",
    'terraform: {releaseNamespace: vault}',
    '…terraform.releaseNamespace: is the namespace of namespaces.vault too: each needs its own',
  ],
  [
    'a backend that cannot tell stacks apart',
    backend('inmem', '{}'),
    '…backend.type: given "inmem", must be local, kubernetes, s3, gcs, azurerm, http, consul, pg, remote or cloud',
  ],
];
