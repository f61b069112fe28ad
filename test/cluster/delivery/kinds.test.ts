import { writeFileSync } from 'node:fs';
import { App, Chart } from 'cdk8s';
import { ExternalSecretsBinding, PlainSecrets, type SecretDelivery, SecretsStoreBinding } from '../../../constructs';
import { toYaml } from '../../../lib/charts/yaml';
import { GUID } from '../../helpers/cases';
import type { KubeObject } from '../../helpers/objects';
import { type SmallPlatform, smallPlatform } from '../../helpers/small-platform';
import { addKinds, hasKinds } from '../support/kinds';
import { apply, find, kubectl } from '../support/kubectl';
import { platform, workFile } from '../support/platform';
import { run } from '../support/run';
import { secretBecomes, secretFile } from '../support/secret-files';

const NAMESPACE = 'devenv';
/** What the schemas at hand do not have: the kinds by which the External Secrets Operator asks Vault to make something. */
const GENERATORS = 'generators.external-secrets.io/v1alpha1';

interface Way {
  readonly title: string;
  readonly delivery: (platform: SmallPlatform) => SecretDelivery;
  /** Whether what Vault makes can be delivered, too. */
  readonly made: boolean;
}

const WAYS: readonly Way[] = [
  { title: 'the Vault Secrets Operator', delivery: ({ delivery }) => delivery, made: true },
  {
    title: 'the External Secrets Operator',
    delivery: ({ chart, vault }) => new ExternalSecretsBinding(chart, 'way', { namespace: NAMESPACE, store: vault }),
    made: true,
  },
  {
    title: 'AWS Secrets Manager',
    delivery: ({ chart }) =>
      new ExternalSecretsBinding(chart, 'way', { namespace: NAMESPACE, store: { region: 'eu-west-1', prefix: 'a/' } }),
    made: false,
  },
  {
    title: 'Azure Key Vault',
    delivery: ({ chart }) =>
      new SecretsStoreBinding(chart, 'way', {
        namespace: NAMESPACE,
        keyVault: 'sandbox-vault',
        tenantId: GUID,
        clientId: GUID,
        keys: ['github_token'],
      }),
    made: false,
  },
  {
    title: 'plain Secrets',
    delivery: ({ chart }) => new PlainSecrets(chart, 'way', { namespace: NAMESPACE }),
    made: true,
  },
];

/** The objects that bring secrets, and none else, of a platform with every kind of grant. */
const delivering = ({ delivery, made }: Way): KubeObject[] =>
  smallPlatform((given) => {
    const consumer = { ...given.devenv, secretDelivery: delivery(given) };
    given.vault.kv.secret('devenv/credentials').grantRead(consumer, 'devenv-vault-secrets');
    given.vault.kv.secret('devenv/alice').grantRead({ ...consumer, secretOwner: 'devenv-alice' }, 'alice-own');
    if (!made) return;
    given.vault.terraformCloud({ teamId: 'team-1' }).grantToken(consumer);
    given.vault.pki.grantCertificate(consumer, {
      secretName: 'api-tls',
      dnsNames: ['api.example.com', 'b.example.com'],
    });
  }).objects.filter(
    ({ apiVersion, metadata }) =>
      metadata.labels?.['app.kubernetes.io/component'] === 'secret-delivery' && apiVersion !== GENERATORS,
  );

async function judged(objects: readonly object[]) {
  const file = workFile('delivery.yaml');
  writeFileSync(file, toYaml(objects));
  return run('kubectl', ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', file]);
}

let removeKinds = async () => {};

beforeAll(async () => {
  await platform();
  removeKinds = await addKinds();
});
afterAll(() => removeKinds(), 300_000);

(hasKinds ? describe : describe.skip)(
  `the API server judges what brings secrets${hasKinds ? '' : ' (skipped: the schemas are not here)'}`,
  () => {
    test.each(WAYS)('$title: every object is accepted', async (way) => {
      const objects = delivering(way);
      const { code, stdout, stderr } = await judged(objects);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.trim().split('\n')).toHaveLength(objects.length);
    });

    test.each([
      ['VaultPKISecret', 'ttl', 'three days'],
      ['VaultDynamicSecret', 'renewal', 67],
      ['VaultStaticSecret', 'refreshAfter', '1m30s'],
      ['ExternalSecret', 'refresh', '30s'],
      ['SecretStore', 'vault', {}],
      ['SecretProviderClass', 'secretObjects', [{ secretName: 1 }]],
    ])('a %s whose %s is wrong is refused', async (kind, field, value) => {
      const objects = WAYS.flatMap(delivering).filter((object) => object.kind === kind);
      const [object] = objects;
      expect((await judged([object])).code).toBe(0);
      expect((await judged([{ ...object, spec: { ...object.spec, [field]: value } }])).code).not.toBe(0);
    });
  },
);

describe('a plain Secret', () => {
  const NAME = 'devenv-vault-secrets';
  const file = () => workFile('plain.yaml');
  const becomes = (value: string) => secretBecomes('github_token', value, 150);
  /** As docs/DELIVERY.md says. */
  const fill = (value: string) =>
    run(
      'sh',
      [
        '-c',
        // A terminal or a pipe can be opened as a file, what Node gives a child cannot.
        `cat | kubectl create secret generic ${NAME} -n ${NAMESPACE} --from-file=github_token=/dev/stdin --dry-run=client -o yaml |
        kubectl apply --server-side --field-manager=secrets -f -`,
      ],
      { input: value },
    );

  beforeAll(() => {
    const chart = new Chart(new App(), 'plain');
    new PlainSecrets(chart, 'delivery', { namespace: NAMESPACE }).deliver({
      name: 'devenv-credentials',
      secretName: NAME,
      mount: 'secret',
      path: 'devenv/credentials',
      policyPath: '',
      kind: 'static',
    });
    writeFileSync(file(), toYaml(chart.toJson()));
  });
  afterAll(() => kubectl(['delete', 'secret', NAME, '-n', NAMESPACE, '--ignore-not-found']));

  test('comes empty, is filled by one command, and reaches an environment that runs', async () => {
    await apply(file());
    expect((await find('secret', NAMESPACE, NAME)).data).toBeUndefined();
    expect(await fill('first')).toMatchObject({ code: 0 });
    await becomes('first');
  });

  test('keeps its values when the platform is applied again, and takes new ones', async () => {
    await apply(file());
    expect(await secretFile('github_token')).toBe('first');
    expect(await fill('second')).toMatchObject({ code: 0 });
    await becomes('second');
  });

  test('goes with the grant, and its values with it', async () => {
    await kubectl(['delete', '-f', file()]);
    await becomes('');
  });
});
