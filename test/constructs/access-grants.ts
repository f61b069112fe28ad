import { Exposure, WebAccess } from '../../constructs';
import {
  access,
  agentKnown,
  browse,
  browsed,
  clientKept,
  entered,
  type Grant,
  grantFact,
  kubernetesRole,
  lines,
  newPod,
  reconfigured,
  route,
  ssh,
  webSecret,
} from './consequences';

const AGENT = { kind: 'agent', name: 'builder', serviceAccount: { namespace: 'ci', name: 'builder' } } as const;

/** A program that makes secrets of the web's namespace. */
const madeSecrets = (program: string, kind: string) => [
  ...['ServiceAccount', 'ConfigMap', kind].map((one) => `${one} web/${program}`),
  `NetworkPolicy web/${program}-to-kubernetes-api`,
  ...access(program, 'secrets', 'web'),
];

const webClient = clientKept('web', 'oidc-client', 'web', browsed('devenv-0').redirectUri.uri);

/** Who gets into which environment, and by which login. */
export const ACCESS_GRANTS: Readonly<Record<string, Grant>> = {
  'BoundaryControl.grantSsh, to a user': {
    line: ssh('user', 'alice', 'devenv-0'),
    ...entered('user', 'alice', 'devenv-0'),
  },
  'BoundaryControl.grantSsh, to a group': {
    line: ssh('group', 'admins', 'devenv-1'),
    ...entered('group', 'admins', 'devenv-1'),
  },
  'BoundaryControl.grantSsh, to a second principal': {
    given: ssh('user', 'alice', 'devenv-0'),
    line: ssh('group', 'admins', 'devenv-0'),
    facts: { 'boundary/grants/1': grantFact('group', 'admins', 'devenv-0') },
  },
  'BoundaryControl.grantSsh, to a second environment': {
    given: ssh('user', 'alice', 'devenv-0'),
    line: ssh('user', 'alice', 'devenv-1'),
    added: route('boundary', 'boundary-worker', 'devenv', 'devenv-1'),
    changed: { 'ConfigMap devenv/devenv-access': { 'data/devenv-1.principals': 'devenv-1\n' } },
    facts: {
      'vault/policies/0/paths/ssh/issue/devenv-1.session': ['create', 'update'],
      'vault/sshRoles/1': entered('user', 'alice', 'devenv-1').facts['vault/sshRoles/0'],
      'boundary/targets/1': entered('user', 'alice', 'devenv-1').facts['boundary/targets/0'],
      'boundary/grants/0/targets/1': 'devenv-1',
    },
  },
  'BoundaryControl.grantSsh, to a ServiceAccount': {
    given: ssh('user', 'alice', 'devenv-0'),
    line: ({ boundary, devenv }) => boundary.grantSsh(AGENT, devenv.environment('devenv-0')),
    ...agentKnown,
    facts: {
      ...agentKnown.facts,
      'vault/kubernetesRoles/0': {
        ...kubernetesRole('platform-agent.builder'),
        name: 'platform-agent.builder',
        serviceAccounts: ['builder'],
        namespaces: ['ci'],
      },
    },
  },
  'WebAccess.grantAccess, to a user': {
    line: browse('user', 'alice', 'devenv-0'),
    added: [
      ...browsed('devenv-0').added,
      ...webClient.added,
      ...madeSecrets('generated-secrets', 'Job'),
      ...madeSecrets('rotate-secrets', 'CronJob'),
      ...access('certificate-authority', 'secrets', 'web'),
    ],
    changed: {
      ...webClient.changed,
      ...reconfigured('certificate-authority', { 'certificates/3': browsed('devenv-0').certificate }),
    },
  },
  'WebAccess.grantAccess, to a group, beside a user': {
    given: browse('user', 'alice', 'devenv-0'),
    line: browse('group', 'admins', 'devenv-0'),
    changed: {
      'ConfigMap web/devenv-0': { 'data/oauth2-proxy.cfg': lines('\nallowed_groups = \\["alice","/admins"\\]\n') },
      'Deployment web/devenv-0': newPod,
    },
  },
  'WebAccess.grantAccess, to a second environment': {
    given: browse('user', 'alice', 'devenv-0'),
    line: browse('group', 'admins', 'devenv-1'),
    added: browsed('devenv-1').added,
    changed: {
      ...reconfigured('certificate-authority', { 'certificates/4': browsed('devenv-1').certificate }),
      'Role web/certificate-authority-secrets': { 'rules/1/resourceNames/1': 'devenv-1-tls' },
      'ConfigMap web/generated-secrets': {
        'data/config.json/secrets/2': webSecret('devenv-1-cookie', 'cookie-secret'),
      },
      'Job web/generated-secrets': newPod,
      'Role web/generated-secrets-secrets': { 'rules/1/resourceNames/2': 'devenv-1-cookie' },
      'ConfigMap keycloak/keycloak-clients': {
        'data/config.json/redirectUris/1': browsed('devenv-1').redirectUri,
      },
      'Deployment keycloak/keycloak-clients': newPod,
    },
  },
  'WebAccess.grantAnyone': {
    // Inside the cluster alone nothing shows it; what outside does is an exposure's.
    line: ({ web, devenv, chart }) => {
      const exposure = () => Exposure.ingress({ host: 'a.example.com', className: 'nginx' });
      const id = 'open-web';
      const open = (chart.node.tryFindChild(id) as WebAccess | undefined) ?? new WebAccess(chart, id, { exposure });
      for (const one of [web, open]) one.grantAnyone(devenv.environment('devenv-0'));
    },
    added: ['Ingress devenv/devenv-0-web', 'NetworkPolicy devenv/devenv-0-from-anywhere'],
  },
  'Keycloak.addClient': {
    line: ({ keycloak }) =>
      keycloak.addClient('a', 'a-client', { namespace: 'other', redirectUri: 'https://a.example.com/callback' }),
    ...clientKept('a', 'a-client', 'other', 'https://a.example.com/callback'),
  },
};
