import { App, Chart } from 'cdk8s';
import fc from 'fast-check';
import { DevEnvStatefulSet } from '../../constructs';
import { parsePlatform } from '../../lib/config';
import { containersOf, find } from '../helpers/objects';
import { synth } from '../helpers/synth';

const SEED = Number(process.env.SEED ?? 4);
const { template } = find(synth('{}').objects, 'StatefulSet', 'devenv').spec;
const mounts: { name: string; mountPath: string }[] = containersOf({ spec: { template } } as any).flatMap(
  ({ volumeMounts }) => volumeMounts,
);
const OWN_NAMES = [...new Set([...mounts, ...template.spec.volumes].map(({ name }) => name)), 'environment'];
const OWN_PATHS = [...new Set(mounts.map(({ mountPath }) => mountPath))];

const refused = (make: () => unknown): boolean => {
  try {
    make();
    return false;
  } catch {
    return true;
  }
};
const inConfig = (name: string, mountPath: string) => () =>
  parsePlatform([
    { name: 'p', text: JSON.stringify({ environments: { volumes: [{ name, mountPath, emptyDir: {} }] } }) },
  ]);
const set = (chart: Chart, name: string, claimName?: string, more: object = {}) =>
  new DevEnvStatefulSet(chart, name, {
    name,
    ...more,
    volumes: claimName ? [{ volume: { name: 'x', persistentVolumeClaim: { claimName } }, mountPath: '/x' }] : undefined,
  });
const newChart = () => new Chart(new App(), 'chart');
const inLibrary = (name: string, mountPath: string) => () =>
  new DevEnvStatefulSet(newChart(), 'set', { volumes: [{ volume: { name, emptyDir: {} }, mountPath }] });

test.each(OWN_NAMES)('no volume replaces the environment’s own volume %s', (name) => {
  expect(inConfig(name, '/x')).toThrow(/volumes\[0\]\.name: is taken by the platform itself/);
  expect(inLibrary(name, '/x')).toThrow(`volume "${name}" of "devenv" has a name that is taken: choose another name`);
});

/** Other ways to write a path, and paths that lie around it. */
const around = (path: string) => [
  path,
  `${path}/`,
  `${path}/below`,
  path.replace(/\/[^/]*$/, '') || '/',
  path.replace(/^\/run/, '/var/run'),
  path.replace(/\//g, '//'),
  `${path}/x/..`,
  `/x/..${path}`,
  `/.${path}`,
];

test.each(OWN_PATHS.flatMap(around))('nothing is mounted at %s', (path) => {
  expect(inConfig('x', path)).toThrow(/volumes\[0\]\.mountPath: /);
  expect(inLibrary('x', path)).toThrow(/^volume "x" of "devenv" (would hide|must be mounted at)/);
});

test('the configuration and the library refuse the same paths', () => {
  const parts = [
    'etc',
    'devenv',
    'run',
    'var',
    'home',
    'node',
    '.claude',
    'usr',
    'bin',
    'x',
    'tmp',
    'dev',
    'shm',
    'ca',
  ];
  const path = fc
    .tuple(fc.array(fc.constantFrom(...parts, '..', '.', ''), { minLength: 1, maxLength: 4 }), fc.constantFrom('', '/'))
    .map(([folders, end]) => `/${folders.join('/')}${end}`);
  let accepted = 0;
  fc.assert(
    fc.property(path, (mountPath) => {
      const is = refused(inLibrary('x', mountPath));
      if (!is) accepted++;
      expect(refused(inConfig('x', mountPath))).toBe(is);
    }),
    { numRuns: 400, seed: SEED },
  );
  expect(accepted).toBeGreaterThan(40);
});

test.each([
  '/dev/shm',
  '/cache',
  '/home/node/.cache',
  '/etc/ssl/corporate',
  '/opt',
  '/usr/local/share/data',
  '/var/lib/x',
])('a volume may be mounted at %s', (path) => {
  expect(inConfig('x', path)).not.toThrow();
  expect(inLibrary('x', path)).not.toThrow();
});

test('one name, or one path in two spellings, is of one volume', () => {
  const two = (...volumes: [string, string][]) => {
    const given = volumes.map(([name, mountPath]) => ({ name, mountPath }));
    const text = JSON.stringify({ environments: { volumes: given.map((one) => ({ ...one, emptyDir: {} })) } });
    const props = { volumes: given.map(({ name, mountPath }) => ({ volume: { name, emptyDir: {} }, mountPath })) };
    return [() => parsePlatform([{ name: 'p', text }]), () => new DevEnvStatefulSet(newChart(), 'set', props)] as const;
  };
  for (const make of two(['a', '/a'], ['a', '/b'])) expect(make).toThrow(/is taken/);
  const [config, library] = two(['a', '/a'], ['b', '/a/']);
  expect(config).toThrow('volumes[1].mountPath: is taken by item 1');
  expect(library).toThrow('volume "b" of "devenv" is mounted where another one is, at "/a/"');
});

const volume = (claimName: string) =>
  `volumes: [{name: x, mountPath: /x, persistentVolumeClaim: {claimName: ${claimName}}}]`;

test.each([
  [`environments: {replicas: 2, ${volume('workspace-devenv-1')}}`, 'environments'],
  [`environments: {replicas: 2, ${volume('claude-config-devenv-7')}}`, 'environments'],
  [`environments: {users: {a: {}, b: {${volume('workspace-devenv-a-0')}}}}`, 'environments.users.a'],
  [`environments: {users: {a: {running: false}}, ${volume('bash-history-devenv-a-0')}}`, 'environments.users.a'],
  [
    `environments: {users: {a: {claim: workspace-devenv-3}, b: {${volume('claude-config-devenv-3')}}}}`,
    'environments.users.a',
  ],
  [`environments: {replicas: 2, storage: {layout: oneClaim}, ${volume('environment-devenv-1')}}`, 'environments'],
  [
    `environments: {users: {a: {storage: {layout: oneClaim}}, b: {${volume('environment-devenv-a-0')}}}}`,
    'environments.users.a',
  ],
])('another’s volume is not mounted: %s', (text, owner) => {
  expect(() => synth(text)).toThrow(
    `persistentVolumeClaim.claimName: is a volume of ${owner} itself: share files by a claim of their own`,
  );
});

test('the volume of a person who is gone may be mounted, and one that all share', () => {
  expect(() => synth(`environments: {users: {a: {${volume('workspace-devenv-gone-0')}}}}`)).not.toThrow();
  expect(() => synth(`environments: {users: {a: {claim: workspace-devenv-0}}, ${volume('shared')}}`)).not.toThrow();
});

test('claims of the layout of before, which no environment has any more, may be mounted', () => {
  const text = `environments: {storage: {layout: oneClaim}, ${volume('workspace-devenv-0')}}`;
  const { volumes } = find(synth(text).objects, 'StatefulSet', 'devenv').spec.template.spec;
  expect(volumes).toContainEqual({ name: 'x', persistentVolumeClaim: { claimName: 'workspace-devenv-0' } });
});

test('in the library no set mounts the claims of another one, whichever is made first', () => {
  const whose = 'set "b" mounts the claim "workspace-a-0", which is of the environments of "a"';
  const chart = newChart();
  set(chart, 'a');
  expect(() => set(chart, 'b', 'workspace-a-0')).toThrow(whose);
  const other = newChart();
  set(other, 'b', 'workspace-a-0');
  expect(() => set(other, 'a')).toThrow(whose);
  const adopted = newChart();
  set(adopted, 'a', undefined, { user: 'a', claim: 'workspace-devenv-3' });
  expect(() => set(adopted, 'b', 'bash-history-devenv-3')).toThrow(/which is of the environments of "a"/);
  const whole = newChart();
  set(whole, 'a', undefined, { storage: { layout: 'oneClaim' } });
  expect(() => set(whole, 'b', 'environment-a-0')).toThrow(/which is of the environments of "a"/);
  const apart = newChart();
  set(apart, 'a', undefined, { namespace: 'one' });
  expect(() => set(apart, 'b', 'workspace-a-0', { namespace: 'two' })).not.toThrow();
});

test('in the library no set adopts the claim of another one, whichever is made first', () => {
  const adopter = (chart: Chart, name: string, claim: string) => set(chart, name, undefined, { user: name, claim });
  const whose = 'set "b" adopts the claim "workspace-a-0", which is of the environments of "a"';
  const chart = newChart();
  set(chart, 'a');
  expect(() => adopter(chart, 'b', 'workspace-a-0')).toThrow(whose);
  const other = newChart();
  adopter(other, 'b', 'workspace-a-0');
  expect(() => set(other, 'a')).toThrow(whose);
  const twice = newChart();
  adopter(twice, 'a', 'workspace-devenv-3');
  expect(() => adopter(twice, 'b', 'workspace-devenv-3')).toThrow(/"b" adopts .* which is of the environments of "a"/);
  expect(() => adopter(newChart(), 'a', 'workspace-a-0')).not.toThrow();
});
