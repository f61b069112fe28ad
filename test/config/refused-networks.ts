import { OPENSHIFT } from '../helpers/cases';
import type { Refused } from './refused-values';

/** Routes, ports and addresses that contradict each other. */
export const refusedNetworks: Refused[] = [
  [
    'an identity that GKE tells at a closed address',
    `network: {egress: {deny: [169.254.0.0/16]}}
environments:
  serviceAccountAnnotations: {example.com/a: b}
  users: {alice: {serviceAccountAnnotations: {iam.gke.io/gcp-service-account: a@p.iam.gserviceaccount.com}}}`,
    'platform.yaml:4:47: environments.users.alice.serviceAccountAnnotations["iam.gke.io/gcp-service-account"]: needs the node\'s server of identities, which is in 169.254.0.0/16, and network.egress.deny closes that: take one of them out',
  ],
  [
    'node ports in conflict',
    'access: {nodePorts: {vault: 30920}}',
    '…access.nodePorts.boundary: is the port of access.nodePorts.vault too: each needs its own',
  ],
  ['a node port out of range', 'access: {nodePorts: {vault: 80}}', '…given 80, must be at least 30000'],
  [
    'an open port given twice',
    'network: {openPorts: [{port: 3000, from: [10.0.0.0/8]}, {port: 3000, from: [0.0.0.0/0]}]}',
    '…network.openPorts[1].port: is taken by item 1',
  ],
  [
    "an open port of the platform's",
    'network: {openPorts: [{port: 2222, from: [10.0.0.0/8]}]}',
    '…openPorts[0].port: is taken by the platform itself',
  ],
  [
    'a fixed user on openshift',
    `${OPENSHIFT}\naccess: {domain: apps.example.com}\nenvironments: {runAsUser: 5}`,
    '…contradicts the profile openshift, which assigns users itself: leave it out',
  ],
  [
    'a mode without its domain',
    'access: {mode: ingress}',
    'platform.yaml:1:10: access.domain: is missing: the mode ingress needs it, such as apps.example.com',
  ],
  [
    'a gateway mode without gateway',
    'access: {mode: gateway, domain: example.com}',
    '…access.gateway: is missing: the mode gateway needs its name and namespace',
  ],
  [
    'routes elsewhere',
    'access: {mode: route, domain: example.com}',
    '…given "route", must be another with this profile: only OpenShift has Routes',
  ],
  [
    'a login that nobody asks for',
    'access: {mode: nodePort}\nkeycloak: {enabled: false}\nweb: {enabled: true}',
    '…web.enabled: needs someone to ask for a login: enable keycloak, give oidc, or set web.authentication: false',
  ],
  [
    'environments whose ports run into others',
    'environments: {replicas: 3}\naccess: {nodePorts: {web: 30918}}\nweb: {enabled: true}',
    '…access.nodePorts.web: is the port of access.nodePorts.boundary too: each needs its own',
  ],
  [
    'workers whose ports run into others',
    'boundary: {workers: 3}\naccess: {nodePorts: {vault: 30924}}',
    '…access.nodePorts.boundaryWorker: is the port of access.nodePorts.vault too: each needs its own',
  ],
  [
    'more environments than node ports',
    'environments: {replicas: 9}\naccess: {nodePorts: {web: 32760}}\nweb: {enabled: true}',
    '…access.nodePorts.web: leaves too few ports for 9 environments: node ports end at 32767',
  ],
  [
    'both allowed and denied',
    'network: {egress: {allow: [{to: 10.0.0.0/8}], deny: [10.0.0.0/8]}}',
    '…network.egress.allow[0].to: given "10.0.0.0/8", lies in 10.0.0.0/8, which network.egress.deny closes: take one of them out',
  ],
  [
    'allowed inside what is denied',
    'network: {egress: {allow: [{to: 10.0.0.0/8}, {to: "fd00:1:2::/48"}], deny: ["fd00:1::/32"]}}',
    '…network.egress.allow[1].to: given "fd00:1:2::/48", lies in fd00:1::/32, which network.egress.deny closes: take one of them out',
  ],
  [
    'an internet that is denied in both families',
    'network: {egress: {deny: [0.0.0.0/0, "::/0"]}}',
    '…network.egress.deny: leaves nothing of the internet: set network.egress.internet: false instead',
  ],
  ...(
    [
      'nginx.ingress.kubernetes.io/whitelist-source-range',
      'nginx.ingress.kubernetes.io/allowlist-source-range',
      'haproxy.router.openshift.io/ip_whitelist',
      'haproxy.router.openshift.io/ip_allowlist',
    ] as const
  ).map(
    (key): Refused => [
      `sources that the annotation ${key} widens`,
      `access: {sources: [10.0.0.0/8], annotations: {${key}: 0.0.0.0/0}}`,
      `…access.annotations["${key}"]: contradicts access.sources: name networks there alone`,
    ],
  ),
  [
    "a controller's namespace where none stands between",
    'access: {mode: loadBalancer, controllerNamespace: edge}',
    '…access.controllerNamespace: holds for the modes ingress, gateway and route; with loadBalancer, access.sources names who may call: leave it out',
  ],
  [
    "a load balancer's address for nobody",
    'environments: {users: {alice: {}}}\naccess: {loadBalancerAddresses: {web: {alcie: a.example.com}}}',
    '…access.loadBalancerAddresses.web.alcie: names no environment: did you mean alice?',
  ],
  [
    'one address for the load balancers of two environments',
    'environments: {users: {a: {}, b: {}}}\naccess: {loadBalancerAddresses: {web: {a: x.example.com, devenv-b: x.example.com}}}',
    '…web.devenv-b: is the address of access.loadBalancerAddresses.web.a too: each environment has a load balancer of its own',
  ],
  ['an open bracket', 'network: {openPorts: [', 'platform.yaml:1:…, or a bracket before is not closed'],
];
