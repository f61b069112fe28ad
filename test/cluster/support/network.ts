import { eventually } from './eventually';
import { exec, find, type KubeObject, kubectl, list, type Place } from './kubectl';
import { objectsIn, workFile } from './platform';

const PROBE = 'network-probe';
const ATTEMPT_SEC = 4;

/** The image of the environments, which has a shell and network tools. */
export const toolsImage = (): string =>
  objectsIn(`${workFile('dist-platform')}/50-environments.k8s.yaml`).find(({ kind }) => kind === 'StatefulSet').spec
    .template.spec.containers[0].image;

/** A running pod of a part of the platform. */
export async function podOf(namespace: string, name: string): Promise<Place> {
  const pods = await list('pods', namespace, '-l', `app.kubernetes.io/instance=${name}`);
  const pod = pods.find(({ metadata, status }) => status.phase === 'Running' && !metadata.deletionTimestamp);
  if (!pod) throw new Error(`no pod of ${name} runs in ${namespace}`);
  return { namespace, pod: pod.metadata.name };
}

/** A container with tools in the network of a pod whose own image has none: what it reaches, the pod reaches. */
export async function probe({ namespace, pod }: Place): Promise<Place> {
  const running = async () => {
    const { status } = await find('pod', namespace, pod);
    const found = (status.ephemeralContainerStatuses ?? []).find(({ name }: KubeObject) => name === PROBE);
    if (!found?.state.running) throw new Error(`the probe of ${namespace}/${pod}: ${JSON.stringify(found?.state)}`);
  };
  const there = await running().then(
    () => true,
    () => false,
  );
  if (!there) {
    const debug = ['debug', '-n', namespace, pod, '--profile=restricted', '--image', toolsImage(), '-c', PROBE];
    await kubectl([...debug, '--image-pull-policy=IfNotPresent', '--quiet', '--', 'sleep', '3600']);
  }
  await eventually(running, 60);
  return { namespace, pod, container: PROBE };
}

/** Whether a TCP connection comes about: `open`, or how it failed. */
export async function connect(from: Place, host: string, port: number): Promise<string> {
  const attempt = `timeout ${ATTEMPT_SEC} bash -c '</dev/tcp/${host}/${port}' && echo open || echo "failed: $?"`;
  const { stdout, stderr } = await exec(from, ['bash', '-c', attempt]);
  // The shell names what went wrong; a dropped packet leaves nothing but the time-out's status.
  const reason = /Name or service not known|Temporary failure|Connection refused/.exec(stderr)?.[0];
  return reason ?? stdout.trim();
}

export async function expectOpen(from: Place, host: string, port: number): Promise<void> {
  await eventually(async () => expect(await connect(from, host, port)).toBe('open'), 30);
}

/** Dropped, which takes a time-out to see, or rejected: never a name that is not found. */
export async function expectDenied(from: Place, host: string, port: number): Promise<void> {
  expect(await connect(from, host, port)).toMatch(/^failed: (124|1)$/);
}
