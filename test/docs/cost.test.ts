import { synth } from '../helpers/synth';
import { written } from '../stacks/written';
import { sectionsOf } from './commands';
import { type Cost, costIn, sum, textOf, times } from './costs';

const NAMED = 'images: {devenv: registry.example.com/devenv:1}\nvault: {seal: {type: development}}\n';
const BALANCERS = 'vault: 192.0.2.1, boundary: 192.0.2.2, keycloak: 192.0.2.3, boundaryWorker: [192.0.2.4, 192.0.2.5]';
const PROFILES = {
  kind: 'profile: kind',
  standard: `profile: standard\n${NAMED}access: {loadBalancerAddresses: {${BALANCERS}}}`,
  openshift: `profile: openshift\n${NAMED}access: {domain: apps.example.com, loadBalancerAddresses: {boundaryWorker: [192.0.2.4, 192.0.2.5]}}`,
};
const NAMESPACES = {
  Vault: 'vault',
  'its bootstrap, the authority for certificates, host keys': 'platform-bootstrap',
  Keycloak: 'keycloak',
  Boundary: 'boundary',
};

/** What the operator's chart is told that its controller asks for, whatever the profile. */
const OPERATOR: Cost = (() => {
  const { values } = written(PROFILES.kind).stack('operators').resource.helm_release['vault-secrets-operator'];
  const { requests } = JSON.parse(values[0]).controller.manager.resources;
  return {
    pods: 1,
    cpu: Number.parseInt(requests.cpu, 10),
    memory: Number.parseInt(requests.memory, 10),
    disk: 0,
    balancers: 0,
  };
})();

const [section] = sectionsOf('docs/OPERATIONS.md').filter(({ title }) => title === 'What it costs');
const ROWS = new Map(
  [...section.text.matchAll(/^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].map(([, name, ...cells]) => [
    name,
    cells,
  ]),
);

describe.each(Object.entries(PROFILES))('what the documents say of the cost with the profile %s', (profile, text) => {
  const { objects } = synth(text);
  const column = Object.keys(PROFILES).indexOf(profile);
  const parts = Object.entries(NAMESPACES).map(
    ([name, namespace]) => [name, costIn(objects, namespace)] as [string, Cost],
  );
  const environment = costIn(objects, 'devenv');
  const own = sum([...parts.map(([, cost]) => cost), OPERATOR]);

  test.each<[string, Cost]>([
    ...parts,
    ['Vault Secrets Operator', OPERATOR],
    ['**all of it, without environments**', own],
    ['**each environment**', environment],
    ['with ten of them', sum([own, times(environment, 10)])],
  ])('is what manifests ask for: %s', (name, cost) => expect(ROWS.get(name)?.[column]).toBe(textOf(cost)));

  test('leaves out no namespace', () => {
    const all = ['devenv', ...Object.values(NAMESPACES)].map((namespace) => costIn(objects, namespace));
    const namespaces = new Set(objects.map(({ metadata }) => metadata.namespace ?? 'devenv'));
    expect(sum([...namespaces].map((namespace) => costIn(objects, namespace)))).toEqual(sum(all));
  });
});
