import { ApiObject, App, JsonPatch, Testing } from 'cdk8s';
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

test.each([
  ['resources of the whole pod', '/resources', { limits: { memory: '8Gi' } }, (pod: any) => pod.resources],
  [
    'a volume from an image',
    '/volumes/-',
    { name: 'models', image: { reference: 'models:1' } },
    (pod: any) => pod.volumes.at(-1),
  ],
  ['user namespaces', '/hostUsers', false, (pod: any) => pod.hostUsers],
])('a field that came after the generated classes is patched in: %s', (_title, path, value, read) => {
  const { spec } = patched('stateful-set', JsonPatch.add(`${POD}${path}`, value));
  expect(read(spec.template.spec)).toEqual(value);
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
