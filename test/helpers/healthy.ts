import type { KubeObject } from '../../lib/operate/cluster/kubectl';
import type { Seen } from '../../lib/operate/doctor/seen';

const NOW = Date.parse('2026-06-01T12:00:00Z');
export const LONG_AGO = '2026-06-01T11:00:00Z';

export const pod = (name: string, status: object, more: object = {}): KubeObject => ({
  kind: 'Pod',
  metadata: { name, namespace: 'devenv', uid: name, creationTimestamp: LONG_AGO },
  spec: { nodeName: 'node-1', volumes: [] },
  status: { phase: 'Running', ...status },
  ...more,
});
export const READY = { conditions: [{ type: 'Ready', status: 'True' }] };
export const running = pod('devenv-0', READY);
export const node = (ready: string, more: object = {}): KubeObject => ({
  metadata: { name: 'node-1' },
  spec: {},
  status: { conditions: [{ type: 'Ready', status: ready, message: 'kubelet stopped posting' }] },
  ...more,
});
export const claim = (more: object): KubeObject => ({
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'workspace-devenv-0', namespace: 'devenv', uid: 'claim' },
  spec: { storageClassName: 'standard' },
  status: { phase: 'Bound' },
  ...more,
});
export const warning = (uid: string, message: string): KubeObject => ({
  type: 'Warning',
  message,
  involvedObject: { uid },
  metadata: {},
});

export const HEALTHY: Seen = {
  now: NOW,
  pods: [running],
  workloads: [],
  claims: [claim({})],
  storageClasses: [{ metadata: { name: 'standard' } }],
  nodes: [node('True')],
  events: [],
  dns: { pods: [{ namespace: 'kube-system', selector: 'k8s-app=kube-dns' }], addresses: [] },
  dnsPods: [pod('coredns', READY)],
  resolves: true,
  volumes: [{ namespace: 'devenv', claim: 'workspace-devenv-0', full: 0.5 }],
  unknownKinds: [],
  kindReleases: [],
  attachments: [],
  restored: { from: undefined, hasData: false },
  isUpgrading: false,
  keeperLog: '{"message":"people log in at https://idp.example.com"}',
  vaultLog: '{"message":"ready"}',
  status: {
    versions: { kubernetes: 'v1.34.1', sandboxctl: '0.1.0' },
    hostCertificates: [],
    tokens: [],
    parts: [],
    environments: [],
    leases: [],
    warnings: [],
    vault: { seal: 'shamir', version: '1.21.4', sealed: [], servers: 1, open: 1, leads: true },
    certificates: [{ name: 'vault/vault-tls', ends: '2026-08-01T00:00:00Z' }],
  },
};
