import type { KubeObject } from '../../lib/operate/cluster/kubectl';
import { diagnose } from '../../lib/operate/doctor/rules';
import type { Seen } from '../../lib/operate/doctor/seen';
import { claim, HEALTHY, node, pod, warning } from '../helpers/healthy';

const VOLUME = 'pvc-1';
const held = claim({ spec: { storageClassName: 'standard', volumeName: VOLUME } });
const uses = { volumes: [{ persistentVolumeClaim: { claimName: 'workspace-devenv-0' } }] };
const WAITS = { containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }] };
const late = pod('devenv-0', WAITS, { spec: { nodeName: 'node-2', ...uses } });
const other = (ready: string, more: object = {}) => node(ready, { metadata: { name: 'node-2' }, ...more });
const attachment: KubeObject = {
  metadata: { name: 'csi-1' },
  spec: { nodeName: 'node-1', source: { persistentVolumeName: VOLUME } },
};
const MULTI = `Multi-Attach error for volume "${VOLUME}" Volume is already exclusively attached to one node`;

/** An environment that waits on another node for its volume. */
const moved = (more: Partial<Seen>): Seen => ({
  ...HEALTHY,
  pods: [late],
  claims: [held],
  nodes: [node('True'), other('True')],
  attachments: [attachment],
  events: [warning('devenv-0', MULTI)],
  ...more,
});

const OUT = { spec: { taints: [{ key: 'node.kubernetes.io/out-of-service' }] } };

const FAULTS: Readonly<Record<string, [seen: Seen, cause: RegExp, mend: RegExp]>> = {
  'that a node does not let go of': [
    moved({}),
    /^the volume of claim devenv\/workspace-devenv-0 is attached to node-1, another node$/,
    /storage driver runs on node-1/,
  ],
  'that a pod on another node uses': [
    moved({
      pods: [
        late,
        pod('other', { conditions: [{ type: 'Ready', status: 'True' }] }, { spec: { nodeName: 'node-1', ...uses } }),
      ],
    }),
    /is attached to node-1, another node, where other uses it$/,
    /let devenv\/other end/,
  ],
  'of a node that is no more': [
    moved({ nodes: [other('True')] }),
    /still attached to node-1, a node that is gone/,
    /^kubectl delete volumeattachment csi-1, once/,
  ],
  'of a node that was given up': [
    moved({ nodes: [node('Unknown', OUT), other('True')] }),
    /still attached to node-1, a node that is given up/,
    /^kubectl delete volumeattachment csi-1, once/,
  ],
  'of a lost node, which alone is told of': [
    moved({ nodes: [node('Unknown'), other('True')] }),
    /^it does not answer \(.*\); it holds the volumes of devenv\/workspace-devenv-0$/,
    /sandboxctl node-lost node-1$/,
  ],
  'that its driver does not attach': [
    moved({
      attachments: [],
      events: [warning('devenv-0', `AttachVolume.Attach failed for volume "${VOLUME}" : no quota`)],
    }),
    /^AttachVolume\.Attach failed .* no quota$/,
    /storage driver runs/,
  ],
};

describe('a volume', () => {
  test.each(Object.entries(FAULTS))('%s is found by its cause, alone, with its mend', (_, [seen, cause, mend]) =>
    expect(diagnose(seen)).toEqual([
      { what: expect.any(String), cause: expect.stringMatching(cause), mend: expect.stringMatching(mend) },
    ]),
  );

  test('that moves with its pod just now is no fault, nor is one that moved meanwhile', () => {
    const young = { ...late, metadata: { ...late.metadata, creationTimestamp: '2026-06-01T11:59:30Z' } };
    expect(diagnose(moved({ pods: [young] }))).toEqual([]);
    const started = { containerStatuses: [{ state: { running: {} } }] };
    expect(diagnose(moved({ pods: [pod('devenv-0', started, { spec: { nodeName: 'node-2', ...uses } })] }))).toEqual(
      [],
    );
  });
});

describe('a full volume', () => {
  const full = (name: string, allowVolumeExpansion: boolean): Seen => ({
    ...HEALTHY,
    claims: [claim({ metadata: { name, namespace: 'devenv', uid: 'claim' } })],
    storageClasses: [{ metadata: { name: 'standard' }, allowVolumeExpansion }],
    volumes: [{ namespace: 'devenv', claim: name, full: 0.991 }],
  });

  test.each<[string, boolean, string]>([
    ['workspace-devenv-alice-0', true, 'sandboxctl upgrade environments.storage.workspace=SIZE'],
    ['data-vault-2', true, 'sandboxctl upgrade vault.storage=SIZE'],
    ['data-boundary-database-0', true, 'sandboxctl upgrade boundary.database.storage=SIZE'],
    ['data-keycloak-database-0', true, 'sandboxctl upgrade keycloak.storage=SIZE'],
    ['adopted', true, 'kubectl edit persistentvolumeclaim adopted --namespace devenv'],
    ['workspace-devenv-0', false, 'lets no volume grow (allowVolumeExpansion)'],
  ])('%s is told of with what enlarges it, if anything does: %s', (name, grows, mend) =>
    expect(diagnose(full(name, grows))).toEqual([
      { what: `claim devenv/${name}`, cause: 'its volume is 99 % full', mend: expect.stringContaining(mend) },
    ]),
  );
});
