import type { Tree } from './layers';
import type { PlatformInput, PROFILES } from './schema';

export type Profile = (typeof PROFILES)[number];

const highlyAvailable = {
  environments: { resources: { requests: { cpu: '500m', memory: '2Gi' } } },
  vault: {
    replicas: 3,
    storage: '10Gi',
    resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { cpu: '2', memory: '1Gi' } },
  },
  boundary: { controllers: 2, workers: 2, database: { storage: '10Gi' } },
} satisfies PlatformInput;

/** What a profile's defaults are, where they differ from the schema's (which suit kind). */
export const PROFILE_DEFAULTS: Record<Profile, PlatformInput & Tree> = {
  kind: {},
  standard: { ...highlyAvailable, access: { mode: 'loadBalancer' } },
  openshift: {
    ...highlyAvailable,
    access: { mode: 'route' },
    network: {
      dns: {
        namespace: 'openshift-dns',
        podLabels: { 'dns.operator.openshift.io/daemonset-dns': 'default' },
        port: 5353,
      },
    },
  },
};
