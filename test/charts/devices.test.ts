import { find, type KubeObject } from '../helpers/objects';
import { synth } from '../helpers/synth';

const resourcesIn = (objects: readonly KubeObject[], set: string) =>
  find(objects, 'StatefulSet', set).spec.template.spec.containers[0].resources;

test('a device is requested as it is limited, beside processors, memory and disk', () => {
  const { objects } = synth('environments: {resources: {limits: {nvidia.com/gpu: 1}}}');
  expect(resourcesIn(objects, 'devenv')).toEqual({
    requests: { cpu: '50m', memory: '256Mi', 'ephemeral-storage': '256Mi', 'nvidia.com/gpu': '1' },
    limits: { cpu: '2', memory: '4Gi', 'ephemeral-storage': '20Gi', 'nvidia.com/gpu': '1' },
  });
});

test('nothing but the environment’s own container asks for it', () => {
  const { objects } = synth('environments: {resources: {limits: {nvidia.com/gpu: 1}}}');
  expect(JSON.stringify(objects).match(/"nvidia\.com\/gpu"/g)).toHaveLength(2);
});

test('requested as well, as Kubernetes writes it, it is the same', () => {
  const both = synth('environments: {resources: {requests: {amd.com/gpu: 2}, limits: {amd.com/gpu: "2"}}}');
  const limits = synth('environments: {resources: {limits: {amd.com/gpu: 2}}}');
  expect(both.objects).toEqual(limits.objects);
});

test('a user has others besides those of all, more of them, or none', () => {
  const { objects } = synth(`environments:
  resources: {limits: {nvidia.com/gpu: 1}}
  users:
    alice: {}
    bob: {resources: {limits: {nvidia.com/gpu: 4, sgx.intel.com/epc: 10Mi}}}
    carol: {resources: {limits: {nvidia.com/gpu: 0}}}`);
  const devices = (user: string) => {
    const { requests, limits } = resourcesIn(objects, `devenv-${user}`);
    const named = (amounts: object) => Object.entries(amounts).filter(([name]) => name.includes('/'));
    expect(named(requests)).toEqual(named(limits));
    return Object.fromEntries(named(limits));
  };
  expect(devices('alice')).toEqual({ 'nvidia.com/gpu': '1' });
  expect(devices('bob')).toEqual({ 'nvidia.com/gpu': '4', 'sgx.intel.com/epc': '10Mi' });
  expect(devices('carol')).toEqual({});
});

test('a user’s priority takes the place of that of all', () => {
  const { objects } = synth('environments: {priorityClass: low, users: {alice: {priorityClass: high}, bob: {}}}');
  const priority = (user: string) =>
    find(objects, 'StatefulSet', `devenv-${user}`).spec.template.spec.priorityClassName;
  expect([priority('alice'), priority('bob')]).toEqual(['high', 'low']);
});

test('no quota and no range of limits of the platform’s own stands in the way', () => {
  const { objects } = synth('environments: {resources: {limits: {nvidia.com/gpu: 1}}}');
  expect(objects.filter(({ kind }) => /^(ResourceQuota|LimitRange)$/.test(kind))).toEqual([]);
});
