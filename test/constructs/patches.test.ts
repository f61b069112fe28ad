import { ApiObject, App, JsonPatch, Testing } from 'cdk8s';
import { type PodSpec, Quantity, toJson_ResourceRequirements, toJson_Volume } from 'cdk8s-plus-33/lib/imports/k8s';
import { DevEnvStatefulSet } from '../../constructs';
import { makePlatform } from '../../lib/charts/platform';
import { renderCharts } from '../../lib/charts/write';
import { parsePlatform } from '../../lib/config';
import { CASES } from '../helpers/cases';
import { nameOf } from '../helpers/objects';

/** A set's objects, with patches on the one of a child. */
function patched(child: string, ...patches: JsonPatch[]): any {
  const chart = Testing.chart();
  const object = new DevEnvStatefulSet(chart, 'devenv').node.findChild(child) as ApiObject;
  object.addJsonPatch(...patches);
  return Testing.synth(chart).find(({ kind }) => kind === object.kind);
}
const POD = '/spec/template/spec';

const MEMORY = { limits: { memory: Quantity.fromString('8Gi') } } satisfies PodSpec['resources'];
const MODELS = { name: 'models', image: { reference: 'models:1' } };

test.each([
  ['resources of the whole pod', '/resources', toJson_ResourceRequirements(MEMORY), { limits: { memory: '8Gi' } }],
  ['a volume from an image', '/volumes/-', toJson_Volume(MODELS), MODELS],
  ['user namespaces', '/hostUsers', false satisfies PodSpec['hostUsers'], false],
])('a field that came after the generated classes is patched in by those of a later release: %s', (...row) => {
  const [, path, value, written] = row;
  const { spec } = patched('stateful-set', JsonPatch.add(`${POD}${path}`, value));
  const pod = spec.template.spec;
  expect(path === '/volumes/-' ? pod.volumes.at(-1) : pod[path.slice(1)]).toEqual(written);
});

test('the classes of a later release refuse what it does not know', () => {
  // @ts-expect-error: an image has a reference.
  toJson_Volume({ name: 'models', image: { referance: 'models:1' } });
  // @ts-expect-error: it is true or false.
  const users: PodSpec['hostUsers'] = 'no';
  expect(users).toBe('no');
});

test('patches speak of objects as Kubernetes takes them, quantities and numbers included', () => {
  const path = `${POD}/containers/0/resources/limits`;
  const set = patched('stateful-set', JsonPatch.test(`${path}/cpu`, '2'), JsonPatch.replace(`${path}/cpu`, '4'));
  expect(set.spec.template.spec.containers[0].resources.limits.cpu).toBe('4');
  const budget = patched('pod-disruption-budget', JsonPatch.replace('/spec/maxUnavailable', '10%'));
  expect(budget.spec.maxUnavailable).toBe('10%');
});

test.each(Object.entries(CASES))('every object of %s takes patches of any field', (_title, { text, env = {} }) => {
  const app = new App();
  makePlatform(app, parsePlatform([{ name: 'platform.yaml', text }], env).config);
  for (const object of app.node.findAll().filter((one): one is ApiObject => ApiObject.isApiObject(one)))
    object.addJsonPatch(JsonPatch.add('/later', { than: 'all classes' }));
  const objects = [...renderCharts(app).values()].flat() as any[];
  expect(objects.filter(({ later }) => later?.than !== 'all classes').map(nameOf)).toEqual([]);
});
