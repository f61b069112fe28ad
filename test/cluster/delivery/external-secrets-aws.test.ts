import { ExternalSecretsBinding, KvSecret } from '../../../constructs';
import { smallPlatform } from '../../helpers/small-platform';
import { eventually } from '../support/eventually';
import { installOperator } from '../support/external-secrets';
import { addKinds, hasKinds } from '../support/kinds';
import { applyAll, find, kubectl, list } from '../support/kubectl';
import { isFound, platform } from '../support/platform';
import { makeScratch, removeScratch } from '../support/scratch';
import { ScriptServer } from '../support/script-server';
import { secretBecomes } from '../support/secret-files';

const isHere = hasKinds && isFound('external-secrets');
const why = isHere ? '' : ' (skipped: no image of the operator, or not its schemas)';
const on = why ? test.skip : test;

const NAMESPACE = 'devenv';
const SECRET = 'devenv-vault-secrets';
const [PREFIX, PATH] = ['sandbox/', 'devenv/credentials'];
const ROLE = 'arn:aws:iam::111122223333:role/sandbox';
/** Two of the operator's looks, and one of the kubelet's. */
const LIMIT_SEC = 120;

const aws = new ScriptServer('aws', [ROLE, `system:serviceaccount:${NAMESPACE}:aws-secrets`, PREFIX]);
const { objects } = smallPlatform(({ chart, devenv }) => {
  const serviceAccountAnnotations = { 'eks.amazonaws.com/role-arn': ROLE };
  const store = { region: 'eu-west-1', prefix: PREFIX, serviceAccountAnnotations };
  const secretDelivery = new ExternalSecretsBinding(chart, 'way', { namespace: NAMESPACE, store });
  new KvSecret('secret', PATH).grantRead({ ...devenv, secretDelivery }, SECRET);
});
const delivering = objects.filter(
  ({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'secret-delivery',
);

let removeKinds = async () => {};
let removeOperator = async () => {};

/** A secret's fields, none where it is to go. */
const put = (path: string, fields: object | null) => aws.tell('put', { [`${PREFIX}${path}`]: fields });
const becomes = (value: string) => secretBecomes('github_token', value, LIMIT_SEC);

beforeAll(async () => {
  if (why) return;
  await platform();
  await makeScratch();
  await aws.start();
  removeKinds = await addKinds();
  removeOperator = await installOperator({ AWS_SECRETSMANAGER_ENDPOINT: aws.url, AWS_STS_ENDPOINT: aws.url });
  await put(PATH, { github_token: 'first' });
  await applyAll(...delivering);
}, 660_000);

afterAll(async () => {
  if (why) return;
  // Without the operator they could not end.
  await kubectl(['delete', 'externalsecrets', '--all', '-n', NAMESPACE]);
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: delivering });
  await kubectl(['delete', '-f', '-', '--ignore-not-found'], { input });
  await removeOperator();
  await removeKinds();
  await removeScratch();
}, 500_000);

on(`a secret of AWS arrives in an environment that runs, and so does its next value${why}`, async () => {
  await becomes('first');
  await put(PATH, { github_token: 'second' });
  await becomes('second');
});

on(`another ServiceAccount of the namespace gets nothing from there${why}`, async () => {
  const [store] = delivering.filter(({ kind }) => kind === 'SecretStore');
  const [granted] = delivering.filter(({ kind }) => kind === 'ExternalSecret');
  const others = { name: 'others', namespace: NAMESPACE };
  const { provider } = structuredClone(store.spec);
  provider.aws.auth.jwt.serviceAccountRef.name = 'others';
  const annotations = { 'eks.amazonaws.com/role-arn': ROLE };
  const made = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...others, annotations } },
    { ...store, metadata: others, spec: { provider } },
    {
      ...granted,
      metadata: others,
      spec: { ...granted.spec, secretStoreRef: { kind: 'SecretStore', name: 'others' }, target: { name: 'others' } },
    },
  ];
  await applyAll(...made);
  await eventually(async () => {
    const events = await list('events', NAMESPACE, '--field-selector', 'involvedObject.name=others');
    expect(events.map(({ message }) => message).join()).toMatch(/AccessDenied|not ready/);
  }, 60);
  expect(await find('secret', NAMESPACE, 'others')).toBeUndefined();
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: made });
  await kubectl(['delete', '-f', '-'], { input });
});

on(`a secret that is deleted in AWS takes its Secret along, and so does a grant that goes${why}`, async () => {
  await put(PATH, null);
  await becomes('');
  expect(await find('secret', NAMESPACE, SECRET)).toBeUndefined();
  await put(PATH, { github_token: 'third' });
  await becomes('third');
  await kubectl(['delete', 'externalsecret', 'devenv-credentials', '-n', NAMESPACE]);
  await becomes('');
});
