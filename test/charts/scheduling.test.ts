import { CASES } from '../helpers/cases';
import { type KubeObject, nameOf, workloads } from '../helpers/objects';
import { synth } from '../helpers/synth';

const OWN = `infrastructure:
  nodeSelector: {pool: infra}
  tolerations: [{key: infra, operator: Exists, effect: NoSchedule}]
  priorityClass: platform`;

const isEnvironment = ({ spec }: KubeObject) =>
  spec.template.metadata.labels['app.kubernetes.io/component'] === 'environment';
const placeOf = ({ spec }: KubeObject) => {
  const { nodeSelector, tolerations, priorityClassName } = spec.template.spec;
  return { nodeSelector, tolerations, priorityClassName };
};
const places = (pods: readonly KubeObject[]) => Object.fromEntries(pods.map((pod) => [nameOf(pod), placeOf(pod)]));
const everywhere = (pods: readonly KubeObject[], place: object) =>
  Object.fromEntries(pods.map((pod) => [nameOf(pod), place]));
test.each(Object.entries(CASES))('infrastructure places every pod of %s but the environments', (_, { text, env }) => {
  const all = workloads(synth(`${text}\n${OWN}`, env).objects);
  const own = all.filter((pod) => !isEnvironment(pod));
  expect(places(own)).toEqual(
    everywhere(own, {
      nodeSelector: { pool: 'infra' },
      tolerations: [{ key: 'infra', operator: 'Exists', effect: 'NoSchedule' }],
      priorityClassName: 'platform',
    }),
  );
  const environments = all.filter(isEnvironment);
  expect(environments).not.toHaveLength(0);
  expect(JSON.stringify(environments.map(placeOf))).not.toMatch(/infra|platform/);
});

test('where environments run places them alone', () => {
  const text = 'environments: {nodeSelector: {pool: dev}, tolerations: [{key: dev, value: "1"}]}';
  const all = workloads(synth(text).objects);
  const own = all.filter((pod) => !isEnvironment(pod));
  expect(all.filter(isEnvironment).map(placeOf)).toEqual([
    { nodeSelector: { pool: 'dev' }, tolerations: [{ key: 'dev', operator: 'Equal', value: '1' }] },
  ]);
  expect(places(own)).toEqual(everywhere(own, {}));
});
