import { eventually } from './eventually';
import { find, isReady, kubectl, type Place } from './kubectl';
import { toolsImage } from './network';

/** A namespace that belongs to nobody's platform, without any policy. */
export const SCRATCH = 'platform-cluster-test';

export async function makeScratch(): Promise<void> {
  await kubectl(['apply', '--server-side', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: SCRATCH } }),
  });
}

export async function removeScratch(): Promise<void> {
  await kubectl(['delete', 'namespace', SCRATCH, '--ignore-not-found', '--wait=false']);
}

/** A pod with tools in the scratch namespace. */
export async function scratchPod(name: string, command: readonly string[], more: object = {}): Promise<Place> {
  const container = { name: 'main', image: toolsImage(), imagePullPolicy: 'IfNotPresent', command, ...more };
  await kubectl(['apply', '--server-side', '-f', '-'], {
    input: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: SCRATCH },
      spec: {
        containers: [container],
        terminationGracePeriodSeconds: 5,
        automountServiceAccountToken: false,
        hostNetwork: 'securityContext' in more,
      },
    }),
  });
  await eventually(async () => {
    const pod = await find('pod', SCRATCH, name);
    if (!isReady(pod)) throw new Error(JSON.stringify(pod.status));
  }, 60);
  return { namespace: SCRATCH, pod: name };
}
