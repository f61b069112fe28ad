import { CASES, type Case } from '../helpers/cases';

const GOOGLE = '{iam.gke.io/gcp-service-account: sandbox@example-project.iam.gserviceaccount.com}';

/** Configurations in which somebody reaches more than by default, besides those that stand for all. */
export const REACH_CASES: Readonly<Record<string, Case>> = {
  ...CASES,
  'programs that enter': {
    text: `environments: {users: {alice: {}, bob: {login: robert}}}
boundary:
  agents:
    - {name: review, environments: [alice], serviceAccount: {namespace: agents, name: review}}
    - name: pipeline
      environments: all
      jwt: {issuer: https://ci.example.com, audience: boundary, claims: {repository: acme/app, ref: main}}
vault: {ssh: {signers: [{name: people, environments: [bob]}]}, metrics: {namespace: monitoring}}
keycloak: {demoUsers: true}`,
  },
  'private networks that are open': {
    text: `environments: {replicas: 2}
network:
  egress: {allow: [{to: 10.0.0.0/8}, {to: 192.168.7.0/24, ports: [443, 5432]}], deny: [10.96.0.0/12, 203.0.113.0/24]}
  openPorts: [{port: 3000, from: [10.0.0.0/8, 198.51.100.0/24]}, {port: 5353, protocol: UDP, from: [10.0.0.0/8]}]
web: {enabled: true, authentication: false}`,
  },
  'everything open, and the API server known': {
    text: `environments: {replicas: 2}
network:
  egress: {internet: false, allow: [{to: 0.0.0.0/0, ports: [80, 443]}]}
  kubernetesApi: [203.0.113.10/32]`,
  },
  'an API server in a network that is open': {
    text: 'network: {egress: {allow: [{to: 10.1.0.0/16, ports: [6443]}]}, kubernetesApi: [10.1.2.3/32]}',
  },
  'a resolver of the node': { text: 'network: {dns: {addresses: [169.254.20.10]}}' },
  'an identity in the cloud': {
    text: `environments: {replicas: 2, serviceAccountAnnotations: ${GOOGLE}}`,
  },
  "one user's identity, keys and volumes": {
    text: `environments:
  sshKeys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1xR3H5cQv3nS8mJ4mT0gWkqv7yN1d2Zk3pXo5uYb9a all]
  users:
    alice:
      serviceAccountAnnotations: ${GOOGLE}
      sshKeys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOtherKeyOfAliceOtherKeyOfAliceOtherKeyOfAlic hers]
      volumes: [{name: api, secret: {name: api}, mountPath: /api}]
    bob: {volumes: [{name: shared, persistentVolumeClaim: {claimName: shared}, mountPath: /shared, readOnly: true}]}
    carol: {}`,
  },
  'networks that may call': {
    text: `profile: standard
images: {devenv: agent-sandbox/devenv:0.1.0}
access: {sources: [198.51.100.0/24, 10.0.0.0/8]}
network: {egress: {allow: [{to: 10.0.0.0/8}]}}`,
  },
  'networks that may call, none of which has pods': {
    text: `access: {sources: [198.51.100.0/24]}
network: {egress: {allow: [{to: 10.0.0.0/8}]}, openPorts: [{port: 3000, from: [198.51.100.0/24]}]}`,
  },
  'a controller that alone calls': {
    text: `profile: openshift
images: {devenv: agent-sandbox/devenv:0.1.0}
access: {domain: apps.example.com, controllerNamespace: openshift-ingress}
network: {egress: {internet: false, allow: [{to: 10.0.0.0/8}]}}
web: {enabled: true}`,
  },
  'nobody who can log in': { text: 'keycloak: {enabled: false}\nenvironments: {users: {alice: {}}}' },
};
