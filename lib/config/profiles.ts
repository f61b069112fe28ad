import type { Tree } from './layers';
import type { PlatformInput, PROFILES } from './schema';

export type Profile = (typeof PROFILES)[number];

const highlyAvailable = {
  // A pod that moves to another node comes back as the same program. Later ones of Vault 1.21 are Enterprise's alone.
  images: {
    vault: 'hashicorp/vault:1.21.4',
    boundary: 'hashicorp/boundary:0.21.3',
    postgres: 'postgres:16.11',
    keycloak: 'keycloak/keycloak:26.7.3',
  },
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
