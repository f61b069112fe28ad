import { createPrivateKey, X509Certificate } from 'node:crypto';
import { ExternalSecretsBinding } from '../../../constructs';
import { smallPlatform } from '../../helpers/small-platform';
import { eventually } from '../support/eventually';
import { hasGenerators, installOperator } from '../support/external-secrets';
import { addKinds, hasKinds } from '../support/kinds';
import { find, kubectl, list } from '../support/kubectl';
import { isFound, platform } from '../support/platform';
import { secretBecomes } from '../support/secret-files';
import { inVault, rootToken, vault } from '../support/vault';
import { writeFacts } from '../support/vault-facts';

const why = hasKinds && isFound('external-secrets') ? '' : ' (skipped: no image of the operator, or not its schemas)';
const on = why ? test.skip : test;
const onGenerators = why || !hasGenerators ? test.skip : test;

const NAMESPACE = 'devenv';
const SECRET = 'devenv-vault-secrets';
const PATH = 'devenv/credentials';
const NAMES = ['api.example.com', 'b.example.com'];
/** Two of the operator's looks, and one of the kubelet's. */
const LIMIT_SEC = 120;

const { objects, facts } = smallPlatform(({ chart, vault: cluster, devenv }) => {
  const delivery = new ExternalSecretsBinding(chart, 'way', { namespace: NAMESPACE, store: cluster });
  const consumer = { ...devenv, secretDelivery: delivery };
  cluster.kv.secret(PATH).grantRead(consumer, SECRET);
  cluster.pki.grantCertificate(consumer, { secretName: 'api-tls', dnsNames: NAMES });
});
const delivering = JSON.stringify({
  apiVersion: 'v1',
  kind: 'List',
  items: objects.filter(
    ({ apiVersion, metadata }) =>
      metadata.name === 'vault-from-external-secrets' ||
      (metadata.labels?.['app.kubernetes.io/component'] === 'secret-delivery' &&
        (hasGenerators || (!apiVersion.startsWith('generators.') && metadata.name !== 'api-tls'))),
  ),
});

let token: string;
let removeKinds = async () => {};
let removeOperator = async () => {};

const write = (args: string, input?: string) => inVault(args, token, input);
const secret = (name: string) => find('secret', NAMESPACE, name);
const becomes = (value: string) => secretBecomes('github_token', value, LIMIT_SEC);

beforeAll(async () => {
  if (why) return;
  await platform();
  removeKinds = await addKinds();
  removeOperator = await installOperator();
  token = await rootToken();
  await write('secrets enable -max-lease-ttl=87600h pki');
  await write('write pki/root/generate/internal common_name=test key_type=ec key_bits=256 ttl=87600h');
  await writeFacts(facts.vault, token);
  await write(`kv put -mount=secret ${PATH} github_token=first`);
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input: delivering });
}, 660_000);

afterAll(async () => {
  if (why) return;
  // Terraform makes both itself.
  for (const path of ['secret', 'pki']) await vault(`secrets disable ${path}`, token);
  await vault('token revoke -self', token);
  // Without the operator they could not end.
  await kubectl(['delete', 'externalsecrets', '--all', '-n', NAMESPACE]);
  await kubectl(['delete', '-f', '-', '--ignore-not-found'], { input: delivering });
  await removeOperator();
  await removeKinds();
}, 500_000);

on(`a secret of Vault arrives in an environment that runs, and so does its next value${why}`, async () => {
  await becomes('first');
  await write(`kv put -mount=secret ${PATH} github_token=second`);
  await becomes('second');
});

on(`what was not granted does not arrive${why}`, async () => {
  await write('kv put -mount=secret devenv/others github_token=hidden');
  const granted = await find('externalsecret', NAMESPACE, 'devenv-credentials');
  const spec = { ...granted.spec, target: { name: 'others' }, dataFrom: [{ extract: { key: 'devenv/others' } }] };
  const { apiVersion, kind } = granted;
  const metadata = { name: 'others', namespace: NAMESPACE };
  await kubectl(['apply', '--server-side', '-f', '-'], {
    input: JSON.stringify({ apiVersion, kind, metadata, spec }),
  });
  await eventually(async () => {
    const events = await list('events', NAMESPACE, '--field-selector', 'involvedObject.name=others');
    expect(events.map(({ message }) => message).join()).toContain('permission denied');
  }, 60);
  expect(await secret('others')).toBeUndefined();
  await kubectl(['delete', 'externalsecret', 'others', '-n', NAMESPACE]);
  await write('kv metadata delete -mount=secret devenv/others');
});

onGenerators(`a certificate is made with its key and authority (skipped unless ESO_CRDS has all kinds)`, async () => {
  await eventually(async () => expect(await secret('api-tls')).toMatchObject({ type: 'kubernetes.io/tls' }), 60);
  const { data } = await secret('api-tls');
  const [own, authority] = ['tls.crt', 'ca.crt'].map((key) => new X509Certificate(Buffer.from(data[key], 'base64')));
  expect(own.subjectAltName).toBe(NAMES.map((name) => `DNS:${name}`).join(', '));
  expect(own.verify(authority.publicKey)).toBe(true);
  expect(own.checkPrivateKey(createPrivateKey(Buffer.from(data['tls.key'], 'base64')))).toBe(true);
});

on(`a secret that is deleted in Vault takes its Secret along, and so does a grant that goes${why}`, async () => {
  await write(`kv metadata delete -mount=secret ${PATH}`);
  await becomes('');
  expect(await secret(SECRET)).toBeUndefined();
  await write(`kv put -mount=secret ${PATH} github_token=third`);
  await becomes('third');
  await kubectl(['delete', 'externalsecret', 'devenv-credentials', '-n', NAMESPACE]);
  await becomes('');
});
