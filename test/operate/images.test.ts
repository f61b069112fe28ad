import { Kubectl, type KubeObject } from '../../lib/operate/cluster/kubectl';
import { newImages, trials } from '../../lib/operate/platform/upgrade/images';

const workload = (name: string, image: string): KubeObject => ({
  kind: 'StatefulSet',
  metadata: { name, namespace: name },
  spec: { template: { spec: { containers: [{ name, image, command: ['/bin/sh'] }] } } },
});

afterEach(() => jest.restoreAllMocks());

test('images are tried out that a namespace does not run yet, each once', () => {
  const wanted = [workload('vault', 'vault:2'), workload('vault', 'vault:2'), workload('keycloak', 'keycloak:1')];
  expect(newImages(wanted, [workload('keycloak', 'keycloak:1')]).map(({ container }) => container.image)).toEqual([
    'vault:2',
  ]);
});

describe('an image is tried out by a pod', () => {
  const [image] = newImages([workload('vault', 'vault:2')], []);
  const tried = async (status: object) => {
    const answer = jest.spyOn(Kubectl.prototype, 'answer').mockResolvedValue('');
    jest.spyOn(Kubectl.prototype, 'run').mockResolvedValue({} as never);
    jest.spyOn(Kubectl.prototype, 'find').mockImplementation(async (kind) => (kind === 'pod' ? { status } : {}));
    const [task] = trials(new Kubectl(), [image], 60);
    await task.task({} as never, {} as never);
    return JSON.parse(answer.mock.calls[0][1]?.input as string);
  };
  const container = (state: object) => ({ containerStatuses: [{ state }] });

  test('that no StatefulSet takes for its own, and that ends at once', async () => {
    const { metadata, spec } = await tried(container({ terminated: { exitCode: 0, reason: 'Completed' } }));
    expect(metadata.labels['app.kubernetes.io/instance']).toBeUndefined();
    expect(spec.containers[0]).toMatchObject({ image: 'vault:2', command: ['/bin/sh'], args: ['-c', 'exit 0'] });
    expect(spec.volumes).toBeUndefined();
  });

  test.each<[string, object, RegExp]>([
    [
      'cannot be had',
      { waiting: { reason: 'ErrImagePull', message: 'no such image' } },
      /^vault:2 cannot be had: no such/,
    ],
    ['has no shell', { terminated: { exitCode: 128, reason: 'StartError', message: 'no sh' } }, /does not run: no sh/],
    ['is for other processors', { terminated: { exitCode: 255, reason: 'Error' } }, /does not run: Error, status 255/],
    ['cannot be made', { waiting: { reason: 'CreateContainerError', message: 'bad' } }, /does not run: bad/],
  ])('and refused where it %s', (_, state, message) => expect(tried(container(state))).rejects.toThrow(message));
});
