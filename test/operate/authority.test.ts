import { Kubectl, type KubeObject } from '../../lib/operate/cluster/kubectl';
import { certificateWarnings } from '../../lib/operate/platform/expiry';
import { replaceAuthority, type Step } from '../../lib/operate/secrets/authority';
import { synth } from '../helpers/synth';

const BOTH = 'old\nnew\n';
const OPERATOR = {
  kind: 'Deployment',
  metadata: { name: 'vso', namespace: 'vault-secrets-operator-system' },
  spec: { template: { spec: {} } },
};

/** Whose certificate is of an authority that is not the platform's. */
const GRANTED = {
  metadata: { name: 'granted', namespace: 'devenv' },
  spec: {
    template: {
      spec: {
        volumes: [{ name: 'tls', secret: { secretName: 'api-tls' } }],
        containers: [{ name: 'one', volumeMounts: [{ name: 'tls', mountPath: '/tls' }] }],
      },
    },
  },
};

/** A cluster with a platform whose pods all run, and where a Job does what it is told. */
class Cluster extends Kubectl {
  readonly done: string[] = [];
  readonly looked: string[] = [];
  /** What a pod's file holds that has not followed. */
  readonly behind = new Set<string>();
  /** The Job that fails. */
  failing = '';
  private readonly objects: readonly KubeObject[];

  constructor(text = 'profile: kind') {
    super();
    this.objects = synth(text).objects;
  }

  override list: Kubectl['list'] = async (kinds, { selector = '' } = {}) => {
    if (kinds === 'pods')
      return [...this.objects.filter(({ kind }) => /^(Deployment|StatefulSet)$/.test(kind)), GRANTED].map(podOf);
    if (selector.includes('vault-secrets-operator')) return [OPERATOR];
    return this.objects.filter(({ kind }) => kinds.split(',').includes(`${kind.toLowerCase()}s`));
  };

  override find: Kubectl['find'] = async (kind, name, namespace) => {
    if (kind === 'job') {
      const type = name.startsWith(this.failing || '-') ? 'Failed' : 'Complete';
      return { status: { conditions: [{ type, status: 'True' }] } };
    }
    if (name === 'platform-ca') return { data: { 'ca.crt': BOTH } };
    return this.objects.find(
      (one) => one.kind.toLowerCase() === kind && one.metadata.name === name && one.metadata.namespace === namespace,
    );
  };

  override answer: Kubectl['answer'] = async (args) => {
    const [verb, what, name] = args;
    if (verb === 'create') this.done.push(name.replace(/-[0-9a-z]+$/, ''));
    if (verb === 'rollout' && what === 'restart') this.done.push(`restart ${name}`);
    return '';
  };

  override run: Kubectl['run'] = async (args) => {
    const [verb, , namespace, pod] = args;
    if (verb === 'logs') return { exitCode: 0, stdout: 'gives up: trust comes first' } as never;
    if (verb !== 'exec') return { exitCode: 0, stdout: '' } as never;
    this.looked.push(`${namespace}/${pod} ${args.at(-1)}`);
    return { exitCode: 0, stdout: this.behind.has(`${namespace}/${pod}`) ? 'old' : BOTH.trim() } as never;
  };
}

const podOf = ({ metadata, spec }: KubeObject): KubeObject => ({
  metadata,
  spec: spec.template.spec,
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});

const replace = (cluster: Cluster, last: Step = 'drop', timeoutSec = 5) =>
  replaceAuthority(cluster, last, { timeoutSec, json: true });

const FOLLOWS = ['boundary-bootstrap', 'restart deployment/vso'];

describe('another authority for certificates', () => {
  test('comes step by step, and after each that changes whom one trusts, who does not look by itself is told', async () => {
    const cluster = new Cluster();
    const ends = await replace(cluster);
    expect(cluster.done).toEqual([
      'replace-authority-trust',
      ...FOLLOWS,
      'replace-authority-sign',
      'replace-authority-drop',
      ...FOLLOWS,
    ]);
    expect(ends.map(({ failure }) => failure)).toEqual(ends.map(() => undefined));
  });

  test('is asked for as far as somebody wants, so that people outside can follow', async () => {
    const cluster = new Cluster();
    await replace(cluster, 'trust');
    expect(cluster.done).toEqual(['replace-authority-trust', ...FOLLOWS]);
  });

  test('is looked for in the files of every pod that trusts it or shows its certificates, and in no others', async () => {
    const cluster = new Cluster('web: {enabled: true}');
    await replace(cluster, 'trust');
    expect([...new Set(cluster.looked)].sort()).toEqual([
      'boundary/boundary-controller /etc/boundary/tls/ca.crt',
      'boundary/boundary-keeper /etc/platform-ca/ca.crt',
      'keycloak/keycloak /etc/keycloak-tls/ca.crt',
      'keycloak/keycloak-clients /etc/platform-ca/ca.crt',
      'platform-bootstrap/ssh-host-signer /etc/platform-ca/ca.crt',
      'platform-bootstrap/vault-bootstrap /etc/platform-ca/ca.crt',
      'vault/vault /vault/tls/ca.crt',
      'web/devenv-0 /etc/login-proxy/tls/ca.crt',
    ]);
  });

  test('signs nothing while a pod has not followed, which is named', async () => {
    const cluster = new Cluster();
    cluster.behind.add('vault/vault');
    await expect(replace(cluster, 'drop', 0)).rejects.toThrow('every pod has it: not after 0 s: vault/vault');
    expect(cluster.done).toEqual(['replace-authority-trust']);
  });

  test('ends where a step fails, with its last words', async () => {
    const cluster = new Cluster();
    cluster.failing = 'replace-authority-sign';
    await expect(replace(cluster)).rejects.toThrow('it failed: gives up: trust comes first');
    expect(cluster.done).toEqual(['replace-authority-trust', ...FOLLOWS, 'replace-authority-sign']);
  });

  test('is told to Boundary’s servers where they ask Vault for their keys, once: it ends sessions', async () => {
    const cluster = new Cluster('boundary: {kms: {type: transit}}');
    await replace(cluster);
    expect(cluster.done.filter((what) => what.startsWith('restart'))).toEqual([
      'restart deployment/vso',
      'restart deployment/boundary-controller',
      'restart statefulset/boundary-worker',
      'restart deployment/vso',
    ]);
  });

  test('is asked for in the last year of the one that signs, and while one is under way', () => {
    const now = Date.parse('2036-01-01T00:00:00Z');
    const name = 'platform-bootstrap/certificate-authority-key';
    const warned = (ends: string, more = {}) => certificateWarnings([{ name, ends, ...more }], now);
    expect(warned('2037-06-01T00:00:00Z')).toEqual([]);
    expect(warned('2036-11-27T00:00:00Z')).toEqual([
      'the authority of all certificates ends on 2036-11-27: sandboxctl secrets replace-authority makes another one',
    ]);
    expect(warned('2046-01-01T00:00:00Z', { isReplaced: true })).toEqual([
      'two authorities are trusted: sandboxctl secrets replace-authority goes on until one is',
    ]);
    expect(certificateWarnings([{ name: 'vault/vault-tls', ends: '2036-01-02T00:00:00Z' }], now)).toEqual([
      'the certificate vault/vault-tls ends on 2036-01-02, and should have been renewed',
    ]);
  });

  test('has no place where cert-manager issues', async () => {
    const cluster = new Cluster('certificates: {issuer: {name: acme}}');
    await expect(replace(cluster)).rejects.toThrow(/cert-manager issues/);
  });
});
