import { eventually } from './eventually';
import { applyAll, find, isReady, kubectl, type Place } from './kubectl';
import { toolsImage } from './network';

/** A namespace that belongs to nobody's platform, without any policy. */
export const SCRATCH = 'platform-cluster-test';

export async function makeScratch(name = SCRATCH): Promise<void> {
  // An earlier file's may still be on its way out.
  if ((await find('namespace', '', name))?.metadata.deletionTimestamp)
    await kubectl(['wait', '--for=delete', `namespace/${name}`, '--timeout=90s'], { seconds: 100 });
  await applyAll({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

export async function removeScratch(name = SCRATCH): Promise<void> {
  await kubectl(['delete', 'namespace', name, '--ignore-not-found', '--wait=false']);
}

/** A pod with tools in the scratch namespace, on the first environment's node: each node answers for itself. */
export async function scratchPod(name: string, command: readonly string[], more: object = {}): Promise<Place> {
  const neighbour = await find('pod', 'devenv', 'devenv-0');
  const container = { name: 'main', image: toolsImage(), imagePullPolicy: 'IfNotPresent', command, ...more };
  await applyAll({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: SCRATCH },
    spec: {
      nodeName: neighbour?.spec.nodeName,
      containers: [container],
      terminationGracePeriodSeconds: 5,
      automountServiceAccountToken: false,
      hostNetwork: 'securityContext' in more,
    },
  });
  await eventually(async () => {
    const pod = await find('pod', SCRATCH, name);
    if (!isReady(pod)) throw new Error(JSON.stringify(pod.status));
  }, 60);
  return { namespace: SCRATCH, pod: name };
}
