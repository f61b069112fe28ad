import { App, Chart } from 'cdk8s';
import fc from 'fast-check';
import {
  BoundaryControl,
  CertificateAuthority,
  DevEnvStatefulSet,
  type DevEnvStatefulSetProps,
  Exposure,
  PlatformNamespace,
  Postgres,
  VaultCluster,
} from '../../constructs';
import { type SmallPlatform, smallPlatform } from '../helpers/small-platform';

/** A set of environments beside nothing else. */
function setOf(props: DevEnvStatefulSetProps): Chart {
  const chart = new Chart(new App(), 'chart');
  new DevEnvStatefulSet(chart, 'set', props);
  return chart;
}

const devices = (requests: Record<string, string>, limits: Record<string, string>) => ({ requests, limits });

const NAME = 'must have a-z, 0-9 and "-" inside, at most 52 characters';
const QUANTITY = 'must be a quantity such as 500m, 512Mi or 10Gi, got';

const sets: [DevEnvStatefulSetProps, string][] = [
  [{ replicas: -1 }, 'replicas of "chart/set" must be a whole number from 0, got -1'],
  [{ replicas: 1.5 }, 'replicas of "chart/set" must be a whole number from 0, got 1.5'],
  [{ replicas: 2, user: 'alice' }, 'replicas of "chart/set" must be from 0 to 1, got 2'],
  [{ name: 'Bad_Name' }, `name "Bad_Name" of "chart/set" ${NAME}: did you mean "bad-name"?`],
  [{ name: 'a'.repeat(53) }, NAME],
  [{ name: 'a.b' }, `name "a.b" of "chart/set" ${NAME}: did you mean "a-b"?`],
  [{ namespace: 'Team A' }, 'namespace "Team A" of "chart/set'],
  [{ storage: { workspace: '10GB' } }, `storage ${QUANTITY} "10GB": did you mean 10G or 10Gi?`],
  [{ storage: { workspace: 'much' } }, `storage ${QUANTITY} "much"`],
  [{ resources: { requests: { memory: '-1Gi' }, limits: {} } }, `memory ${QUANTITY} "-1Gi"`],
  [
    { storage: { layout: 'oneClaim', bashHistory: '1Gi' } },
    'one claim of "devenv" has one size, "workspace": leave those of single folders out',
  ],
  [
    { user: 'a', claim: 'workspace-devenv-0', storage: { layout: 'oneClaim' } },
    'claim "workspace-devenv-0" is not of this layout, whose begin with "environment-": choose the other layout',
  ],
  [
    { user: 'a', claim: 'environment-devenv-0' },
    'claim "environment-devenv-0" is not of this layout, whose begin with "workspace-": choose the other layout',
  ],
  [{ resources: devices({}, { 'nvidia.com/gpu': '0.5' }) }, 'nvidia.com/gpu must be a whole number, got "0.5"'],
  [{ resources: devices({}, { 'nvidia.com/gpu': 'one' }) }, `nvidia.com/gpu ${QUANTITY} "one"`],
  [
    { resources: devices({ 'nvidia.com/gpu': '1' }, { 'nvidia.com/gpu': '2' }) },
    'nvidia.com/gpu is requested 1 times, and its limit is 2: give limits alone',
  ],
  [
    { resources: devices({ 'hugepages-2Mi': '64Mi' }, {}) },
    'hugepages-2Mi is requested without a limit: give limits the same, 64Mi',
  ],
  [{ nodeSelector: { 'a b': 'c' } }, 'nodeSelector of "devenv" must have labels such as pool: sandbox, got "a b: c"'],
  [{ priorityClassName: 'High P' }, 'priorityClassName of "devenv" must be a name such as interactive, got "High P"'],
  [{ tolerations: [{ key: 'a b' }] }, 'toleration 1 of "devenv" has the key "a b", which no taint has'],
  [
    { tolerations: [{ key: 'a' }, { value: 'x' }] },
    'toleration 2 of "devenv" does not fit together: its key is missing: without a key the operator must be Exists',
  ],
  [
    { tolerations: [{ key: 'a', operator: 'Exists', value: 'x' }] },
    'toleration 1 of "devenv" does not fit together: its value must be left out with the operator Exists, which looks at the key alone',
  ],
  [{ tolerations: [{ key: 'a', value: 'x y' }] }, 'toleration 1 of "devenv" has the value "x y", which no taint has'],
  [
    { tolerations: [{ key: 'a', effect: 'NoSchedule', tolerationSeconds: 5 }] },
    'toleration 1 of "devenv" does not fit together: its tolerationSeconds must be left out unless effect is NoExecute: other effects end no pod',
  ],
  [
    { tolerations: [{ key: 'a', effect: 'NoSchedul' }] },
    'toleration 1 of "devenv" has the effect "NoSchedul", which no taint has: take NoSchedule, PreferNoSchedule, NoExecute or none',
  ],
  [{ runAsUser: 0 }, 'runAsUser of "chart/set" must be from 1 to 2147483647, got 0'],
  [{ storage: { className: 'Fast SSD' } }, '"Fast SSD" cannot name an object of "chart/set"'],
  [{ image: '' }, 'image of "prepare" must be an image such as registry.example.com/team/devenv:1.0, got ""'],
  [{ image: 'team/devenv: 1' }, 'must be an image such as registry.example.com/team/devenv:1.0, got "team/devenv: 1"'],
  [{ image: 'example.com:70000/devenv' }, 'the port 70000 of its registry must be from 1 to 65535, got'],
  [{ image: `example.com/${'p'.repeat(256)}:1` }, 'its path must be at most 255 characters long, not 256, got'],
  [
    { annotations: { a: 'x'.repeat(262_144) } },
    'annotations of the pods of "devenv" must be at most 262144 bytes, keys and values in all, not',
  ],
  [
    { resources: { requests: { cpu: '500m', memory: '8Gi' }, limits: { cpu: '1', memory: '4Gi' } } },
    '"devenv" requests memory 8Gi, more than its limit of 4Gi: raise this or lower that',
  ],
  ...[
    'agent-sandbox.dev/host',
    'container.apparmor.security.beta.kubernetes.io/devenv',
    'seccomp.security.alpha.kubernetes.io/pod',
    'kubectl.kubernetes.io/default-container',
  ].map((key): [DevEnvStatefulSetProps, string] => [
    { annotations: { [key]: 'devenv-1' } },
    `annotation "${key}" of "devenv" is set by the platform: choose another name`,
  ]),
];

test.each(sets)('refuses a set with %j, and says why', (props, message) => {
  expect(() => setOf(props)).toThrow(message);
});

const others: [string, (platform: SmallPlatform) => unknown, string][] = [
  ...(['*', 'Runner_1'] as const).map((name): (typeof others)[number] => [
    `a signer with the ServiceAccount ${name}`,
    ({ vault, devenv }) =>
      vault.ssh.grantSign({ name: 'ci', serviceAccount: { namespace: 'ci', name } }, devenv.environment('devenv-0')),
    `"${name}" cannot name an object of "platform/vault"`,
  ]),
  [
    'a program of every namespace',
    ({ boundary, devenv }) =>
      boundary.grantSsh(
        { kind: 'agent', name: 'ci', serviceAccount: { namespace: '*', name: 'runner' } },
        devenv.environment('devenv-0'),
      ),
    'namespace "*" of "platform/vault" must have a-z, 0-9 and "-" inside',
  ],
  [
    'a signer whose policy is no name',
    ({ vault, devenv }) => vault.ssh.grantSign({ name: 'a/b*' }, devenv.environment('devenv-0')),
    '"platform-ssh.a/b*" cannot name an object of "platform/vault"',
  ],
  ...(
    [
      [{ claims: { sub: 'a,b' } }, 'needs one value without commas for "sub", got "a,b"'],
      [{ claims: { sub: '' } }, 'needs one value without commas for "sub", got ""'],
      [{ claims: {} }, 'needs a claim that tells its tokens from others of https://ci.example.com'],
      [{ audience: '' }, 'needs the audience of its tokens'],
      [{ issuer: 'http://ci.example.com' }, 'needs an issuer with https, got http://ci.example.com'],
    ] as const
  ).map(([more, message]): (typeof others)[number] => [
    `a program by tokens with ${JSON.stringify(more)}`,
    ({ boundary, devenv }) => {
      const jwt = { issuer: 'https://ci.example.com', audience: 'sandbox', claims: { sub: 'main' }, ...more };
      boundary.grantSsh({ kind: 'agent', name: 'ci', jwt }, devenv.environment('devenv-0'));
    },
    `agent "ci" ${message}`,
  ]),
  [
    'a secret delivered as Bad_Name',
    ({ vault, devenv }) => vault.kv.secret('a').grantRead(devenv, 'Bad_Name'),
    '"Bad_Name" cannot name an object of "platform/delivery"',
  ],
  [
    'a secret made as Bad_Name',
    ({ secrets }) => secrets.add({ secretName: 'Bad_Name', values: { a: 'b' } }),
    '"Bad_Name" cannot name a Secret, which has a-z, 0-9, "-" and "." inside: did you mean "bad-name"?',
  ],
  ['nodePort 80', () => Exposure.nodePort({ host: 'localhost', nodePort: 80 }), 'nodePort must be from 30000 to 32767'],
  [
    'a namespace called Bad_Name',
    ({ chart }) => new PlatformNamespace(chart, 'n', { name: 'Bad_Name' }),
    '"Bad_Name" cannot name an object of "platform/n',
  ],
  [
    'a database of 10GB',
    ({ chart, secrets }) =>
      new Postgres(chart, 'p', { namespace: 'p', name: 'p', database: 'p', secrets, storage: '10GB' }),
    `storage ${QUANTITY} "10GB": did you mean 10G or 10Gi?`,
  ],
  [
    'a Vault in the namespace Vault',
    ({ chart, authority }) => new VaultCluster(chart, 'v', { authority, namespace: 'Vault' }),
    'did you mean "vault"?',
  ],
  [
    'no workers',
    ({ chart, authority }) => new BoundaryControl(chart, 'b', { namespace: 'b', authority, workers: 0 }),
    'workers of "platform/b/servers" must be a whole number from 1, got 0',
  ],
  [
    'half a controller',
    ({ chart, authority }) => new BoundaryControl(chart, 'b', { namespace: 'b', authority, controllers: 0.5 }),
    'controllers of "platform/b/servers" must be a whole number from 1, got 0.5',
  ],
  [
    'certificates that are valid for nothing',
    ({ chart }) => new CertificateAuthority(chart, 'c', { certificateDays: 0, namespace: 'c' }),
    'certificateDays of "platform/c" must be from 1 to 3650, got 0',
  ],
  [
    'a port that is none',
    ({ devenv }) => devenv.allowTo({ name: 'far', cidrs: ['192.0.2.0/24'] }, [70_000]),
    'a port of "platform/devenv" must be from 1 to 65535, got 70000',
  ],
  [
    'one Secret with two sets of values',
    ({ secrets }) => ['a', 'b'].map((value) => secrets.add({ secretName: 'twice', values: { value } })),
    'Secret "twice" is asked for twice, with different contents: give one of them another name',
  ],
  [
    'one Secret with two certificates',
    ({ authority }) =>
      ['a', 'b'].map((name) => authority.issue({ namespace: 'other', secretName: 'tls', dnsNames: [name] })),
    'Secret "other/tls" is asked for twice',
  ],
  [
    'a secret brought to another namespace than the environments are in',
    ({ chart, vault, delivery }) => {
      const team = new DevEnvStatefulSet(chart, 'team', { namespace: 'team', name: 'team', secretDelivery: delivery });
      vault.kv.secret('a').grantRead(team, 'a');
    },
    '"secret/a" cannot be granted to namespace "team": its secretDelivery brings secrets to "devenv"',
  ],
];

test.each(others)('refuses %s, and says why', (_title, line, message) => {
  expect(() => smallPlatform(line)).toThrow(message);
});

test('a Secret may be asked for twice with the same values', () => {
  const add = ({ secrets }: SmallPlatform) => secrets.add({ secretName: 'same', values: { a: '{{password a 9}}' } });
  expect(smallPlatform((platform) => [add(platform), add(platform)]).objects).toEqual(smallPlatform(add).objects);
});

describe('objects that are made twice', () => {
  test('are refused when a chart is synthesized, with both places', () => {
    const app = new App();
    const chart = new Chart(app, 'chart');
    for (const id of ['one', 'two']) new DevEnvStatefulSet(chart, id, { name: 'team' });
    expect(() => chart.toJson()).toThrow(
      'StatefulSet "devenv/team" is made twice, by "chart/one/stateful-set" and "chart/two/stateful-set"',
    );
  });

  test('are two where their namespaces or charts are two', () => {
    const app = new App();
    const chart = new Chart(app, 'chart');
    for (const namespace of ['one', 'two']) new DevEnvStatefulSet(chart, namespace, { name: 'team', namespace });
    new DevEnvStatefulSet(new Chart(app, 'another-cluster'), 'one', { name: 'team', namespace: 'one' });
    const problems = app.node.findAll().flatMap(({ node }) => node.validate());
    expect(problems).toEqual([]);
  });
});

test('every name that Kubernetes takes for a StatefulSet of these is taken', () => {
  const letters = fc.constantFrom(...'abz019-'.split(''));
  const name = fc
    .array(letters, { minLength: 1, maxLength: 52 })
    .map((list) => list.join('').replace(/^-+|-+$/g, ''))
    .filter((text) => text.length > 0);
  fc.assert(
    fc.property(name, (text) => void setOf({ name: text })),
    { seed: 14, numRuns: 100 },
  );
});
