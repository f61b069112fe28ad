import { Testing } from 'cdk8s';
import { SandboxChart } from '../../examples/acme/sandbox-chart';
import type { KubeObject } from '../helpers/objects';

/** The other organisation's chart as it stands; `npm run package:check` makes it of the packed library. */
const objects: KubeObject[] = Testing.synth(new SandboxChart(Testing.app(), 'sandboxes'));

const find = (kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name) as KubeObject;

test('both constructs stand in the chart of the other organisation', () => {
  expect(find('StatefulSet', 'research')).toMatchObject({
    metadata: { namespace: 'acme-sandboxes' },
    spec: { replicas: 2 },
  });
  expect(find('StatefulSet', 'vault')).toMatchObject({ metadata: { namespace: 'acme-vault' }, spec: { replicas: 3 } });
});

test('an image is overridden, and every image comes from the mirror', () => {
  const images = objects.flatMap(({ spec }) => spec?.template?.spec?.containers ?? []).map(({ image }) => image);
  expect(find('StatefulSet', 'research').spec.template.spec.containers[0].image).toBe(
    'registry.acme.example/mirror/acme/devenv:2.4.0',
  );
  expect(images.filter((image) => !image.startsWith('registry.acme.example/mirror/'))).toEqual([]);
});

test('labels are overridden: one on every object, another on one', () => {
  expect(objects.filter(({ metadata }) => metadata.labels?.['acme.example/cost-centre'] !== 'research')).toEqual([]);
  const team = objects.filter(({ metadata }) => metadata.labels?.['acme.example/team'] === 'research');
  expect(team.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual(['StatefulSet/research']);
});

test('a field without a prop is set by a JSON patch', () => {
  expect(find('StatefulSet', 'research').spec.minReadySeconds).toBe(10);
});
