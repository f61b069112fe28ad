import { eventually } from './eventually';
import { claim, type Fault, NAMESPACE, pod, remove } from './fault';
import { applyAll, find, kubectl, list } from './kubectl';
import { toolsImage } from './network';
import { isFound } from './platform';

/** A file system of its own on the first node, which the kubelet measures as a volume's. */
const SMALL = '/var/tmp/agent-sandbox-small';
const MAKER = 'small-volume-maker';

/** Runs a script where a node's kubelet sees what it mounts. */
const onNode = (node: string, script: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: MAKER, namespace: 'kube-system' },
  spec: {
    nodeName: node,
    hostPID: true,
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 1,
    tolerations: [{ operator: 'Exists' }],
    containers: [
      {
        name: 'main',
        image: toolsImage(),
        command: ['sh', '-c', `exec nsenter --mount --target "$(pgrep -o -x kubelet)" sh -c '${script}'`],
        securityContext: { privileged: true, runAsUser: 0 },
      },
    ],
  },
});

async function ranOnNode(script: string): Promise<string> {
  const [{ metadata }] = await list('nodes');
  await kubectl(['delete', 'pod', MAKER, '-n', 'kube-system', '--ignore-not-found', '--now']);
  await applyAll(onNode(metadata.name, script));
  const done = ['wait', `pod/${MAKER}`, '-n', 'kube-system', '--for=jsonpath={.status.phase}=Succeeded'];
  await kubectl([...done, '--timeout=60s'], { seconds: 70 });
  await kubectl(['delete', 'pod', MAKER, '-n', 'kube-system', '--now']);
  return metadata.name;
}

/** A volume of no StorageClass, for one claim. */
const volume = (name: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    persistentVolumeReclaimPolicy: 'Retain',
    storageClassName: 'by-hand',
    claimRef: { namespace: NAMESPACE, name },
    ...spec,
  },
});

async function fullVolume(): Promise<void> {
  const node = await ranOnNode(`mkdir -p ${SMALL} && mount -t tmpfs -o size=16m,mode=1777 tmpfs ${SMALL}`);
  const values = [(await find('node', '', node)).metadata.labels['kubernetes.io/hostname']];
  const required = {
    nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values }] }],
  };
  await applyAll(
    volume('small', { local: { path: SMALL }, nodeAffinity: { required } }),
    claim('small', { storageClassName: 'by-hand' }),
    pod('filler', {
      command: ['sh', '-c', 'head -c 16m /dev/zero > /given/file; exec sleep 600'],
      volume: { persistentVolumeClaim: { claimName: 'small' } },
    }),
  );
}

const DRIVER = 'nothing.example.com';

/** A disk that one node has, and that a pod on another one waits for: of a driver that there is not, whose part this plays. */
async function attachedElsewhere(): Promise<void> {
  const [first, second] = (await list('nodes')).map((node) => node.metadata.name);
  const waiting = (name: string, nodeName: string) => {
    const made = pod(name, { volume: { persistentVolumeClaim: { claimName: 'disk' } } });
    return { ...made, spec: { ...made.spec, nodeName } };
  };
  await applyAll(
    { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: DRIVER }, spec: { attachRequired: true } },
    volume('disk', { csi: { driver: DRIVER, volumeHandle: 'disk' } }),
    claim('disk', { storageClassName: 'by-hand' }),
    waiting('has-disk', first),
  );
  const attachment = await eventually(async () => {
    const all = await list('volumeattachments');
    const found = all.find(({ spec }) => spec.source.persistentVolumeName === 'disk');
    expect(found).toBeDefined();
    return found.metadata.name;
  }, 60);
  const attached = JSON.stringify({ status: { attached: true } });
  await kubectl(['patch', 'volumeattachment', attachment, '--subresource=status', '--type=merge', '-p', attached]);
  await applyAll(waiting('wants-disk', second));
}

export const STORAGE_FAULTS: Readonly<Record<string, Fault>> = {
  'a full volume': {
    plant: fullVolume,
    cause: /its volume is (9[5-9]|100) % full/,
    mend: async () => {
      await remove('pod/filler', 'pvc/small');
      await kubectl(['wait', 'pod/filler', '-n', NAMESPACE, '--for=delete', '--timeout=60s'], { seconds: 70 });
      await kubectl(['delete', 'pv', 'small', '--ignore-not-found', '--timeout=60s'], { seconds: 70 });
      await ranOnNode(`umount ${SMALL} && rmdir ${SMALL}`);
    },
  },
  'a volume that another node has': {
    missing: isFound('three-nodes') ? undefined : 'the cluster has fewer than three nodes',
    plant: attachedElsewhere,
    cause: /the volume of claim devenv\/disk is attached to .*, another node, where has-disk uses it/,
    mend: async () => {
      await remove('pod/has-disk', 'pod/wants-disk', 'pvc/disk');
      await kubectl(['delete', 'pv', 'disk', '--ignore-not-found', '--timeout=60s'], { seconds: 70 });
      await kubectl(['delete', 'csidriver', DRIVER, '--ignore-not-found']);
    },
  },
};
