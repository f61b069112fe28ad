import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { COMPONENT } from '../cluster/labels';
import { isReady } from '../cluster/pods';
import type { Workspace } from '../cluster/workspace';
import { Failure } from '../failure';
import { until } from '../until';

/** Seconds in which a pod for a stopped environment has to start. */
const START_SEC = 180;
/** Seconds in which an environment has begun or ended. */
const SETTLED_SEC = 60;
/** Longer than anything takes; a pod that is left over ends by itself. */
const LIFE_SEC = 86_400;

/** A pod that has a workspace's volumes. */
export interface Place {
  readonly pod: string;
  /** Whether it is the environment itself. */
  readonly isEnvironment: boolean;
}

/** Lets `use` work in the environment, or where that is stopped in a pod with its volumes, which goes afterwards. */
export async function inPlace<T>(
  kubectl: Kubectl,
  workspace: Workspace,
  use: (place: Place) => Promise<T>,
): Promise<T> {
  if (await runs(kubectl, workspace)) return use({ pod: workspace.name, isEnvironment: true });
  const pod = podFor(workspace);
  const where = ['--namespace', workspace.namespace];
  const remove = () =>
    kubectl.answer(['delete', 'pod', pod.metadata.name, '--ignore-not-found', '--grace-period=1', ...where]);
  await remove();
  try {
    await kubectl.answer(['create', '--filename', '-'], { input: JSON.stringify(pod) });
    const wait = ['wait', `pod/${pod.metadata.name}`, '--for=condition=Ready', `--timeout=${START_SEC}s`, ...where];
    const { exitCode } = await kubectl.run(wait);
    if (exitCode !== 0) throw new Failure(`no pod with its volumes after ${START_SEC} s: sandboxctl doctor says why`);
    return await use({ pod: pod.metadata.name, isEnvironment: false });
  } finally {
    await remove();
  }
}

/** Whether an environment runs; one that begins or ends, as after a restore, is waited for. @throws Failure - where it does neither */
async function runs(kubectl: Kubectl, { name, namespace }: Workspace): Promise<boolean> {
  const late = () => `${name} is neither running nor stopped: sandboxctl doctor says why`;
  const { is } = await until(late, SETTLED_SEC, async () => {
    const pod = await kubectl.find('pod', name, namespace);
    if (!pod) return { is: false };
    return isReady(pod) && !pod.metadata.deletionTimestamp && { is: true };
  });
  return is;
}

/** A pod as the environment's, with its volumes that last and nothing else. */
function podFor({ name, namespace, set, volumes }: Workspace): KubeObject {
  const { securityContext, nodeSelector, tolerations, runtimeClassName, imagePullSecrets, containers } =
    set.spec.template.spec;
  const [{ image, imagePullPolicy, securityContext: rights }] = containers;
  const labels = { ...set.metadata.labels, [COMPONENT]: 'workspace' };
  const claims = [...new Set(volumes.map(({ claim }) => claim))];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name}-files`, namespace, labels },
    spec: {
      securityContext,
      nodeSelector,
      tolerations,
      runtimeClassName,
      imagePullSecrets,
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      containers: [
        {
          name: 'files',
          image,
          imagePullPolicy,
          securityContext: rights,
          command: ['sleep', String(LIFE_SEC)],
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '2', memory: '512Mi' } },
          volumeMounts: volumes.map(({ claim, path, subPath }) => ({ name: claim, mountPath: path, subPath })),
        },
      ],
      volumes: claims.map((claim) => ({ name: claim, persistentVolumeClaim: { claimName: claim } })),
    },
  };
}
