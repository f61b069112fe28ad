import { environment, volume } from '../helpers/environments';
import { find } from '../helpers/objects';
import { synth } from '../helpers/synth';

describe("the node's disk", () => {
  const ephemeral = ({ requests, limits }: any) => [requests['ephemeral-storage'], limits['ephemeral-storage']];

  test('is as much as it was, where nothing is said', () => {
    const { pod, container } = environment();
    expect(ephemeral(container.resources)).toEqual(['256Mi', '20Gi']);
    expect(volume(pod, 'tmp').emptyDir).toEqual({ sizeLimit: '4Gi' });
  });

  test('is what an environment is given, and /tmp a part of it', () => {
    const { objects } = synth(`environments:
  resources: {requests: {ephemeralStorage: 10Gi}, limits: {ephemeralStorage: 10Gi}}
  storage: {tmp: 6Gi}
  users: {alice: {}, bob: {storage: {tmp: 1Gi}, resources: {requests: {ephemeralStorage: 2Gi}, limits: {ephemeralStorage: 2Gi}}}}`);
    const disk = (user: string) => {
      const { containers, volumes } = find(objects, 'StatefulSet', `devenv-${user}`).spec.template.spec;
      return [...ephemeral(containers[0].resources), volume({ volumes }, 'tmp').emptyDir.sizeLimit];
    };
    expect(disk('alice')).toEqual(['10Gi', '10Gi', '6Gi']);
    expect(disk('bob')).toEqual(['2Gi', '2Gi', '1Gi']);
  });

  test('of Vault is chosen likewise', () => {
    const { objects } = synth(
      'vault: {resources: {requests: {ephemeralStorage: 1Gi}, limits: {ephemeralStorage: 2Gi}}}',
    );
    const [server] = find(objects, 'StatefulSet', 'vault').spec.template.spec.containers;
    expect(ephemeral(server.resources)).toEqual(['1Gi', '2Gi']);
  });
});

describe('Node’s heap', () => {
  const heapOf = (settings: string) => {
    const { env } = environment(settings).container;
    return env.find(({ name }: any) => name === 'NODE_OPTIONS')?.value;
  };

  test.each([
    ['4Gi', 3072],
    ['16Gi', 12288],
    ['512Mi', 384],
    ['1.5Gi', 1152],
    ['2G', 1430],
    ['1073741824', 768],
  ])('leaves a quarter of %s to what is not heap', (memory, heap) => {
    const resources = `resources: {requests: {memory: 64Mi}, limits: {memory: "${memory}"}}`;
    expect(heapOf(resources)).toBe(`--max-old-space-size=${heap}`);
  });

  test('is what a person says', () => {
    expect(heapOf('env: {NODE_OPTIONS: "--max-old-space-size=100"}')).toBe('--max-old-space-size=100');
  });

  test('is each user’s own', () => {
    const { objects } = synth('environments: {users: {a: {}, b: {resources: {limits: {memory: 8Gi}}}}}');
    const options = ['a', 'b'].map((user) =>
      find(objects, 'StatefulSet', `devenv-${user}`).spec.template.spec.containers[0].env.find(
        ({ name }: any) => name === 'NODE_OPTIONS',
      ),
    );
    expect(options.map(({ value }: any) => value)).toEqual(['--max-old-space-size=3072', '--max-old-space-size=6144']);
  });
});
