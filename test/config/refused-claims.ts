import { type Refused, users } from './refused-values';

const ONE = 'storage: {layout: oneClaim}';
const NONE_OF_ITS_OWN =
  'has no volume of its own in the layout oneClaim: leave it out, and have storage.workspace large enough for all';

/** Claims that environments cannot have. */
export const refusedClaims: Refused[] = [
  [
    'a claim adopted twice',
    users('a: {claim: workspace-devenv-0}', 'b: {claim: workspace-devenv-0}'),
    '…users.b.claim: is of environments.users.a.claim already: a claim belongs to one environment',
  ],
  [
    "a claim adopted that is another user's own",
    users('a: {claim: workspace-devenv-b-0}', 'b: {running: false}'),
    '…users.a.claim: is of environments.users.b already: a claim belongs to one environment',
  ],
  [
    'a claim of something else',
    users('a: {claim: data-vault-0}'),
    '…must name a workspace claim, such as workspace-devenv-0',
  ],
  [
    'a layout by its number',
    'environments: {storage: {layout: 1}}',
    '…environments.storage.layout: given 1, must be threeClaims or oneClaim',
  ],
  [
    'a layout by another spelling',
    'environments: {storage: {layout: one claim}}',
    '…storage.layout: given "one claim", must be threeClaims or oneClaim: did you mean oneClaim?',
  ],
  [
    'sizes of folders in one claim',
    'environments: {storage: {layout: oneClaim, bashHistory: 2Gi, claudeConfig: 2Gi}}',
    `platform.yaml:1:44: environments.storage.bashHistory: ${NONE_OF_ITS_OWN}`,
    `…environments.storage.claudeConfig: ${NONE_OF_ITS_OWN}`,
  ],
  [
    "a size of a user's folder in the one claim that all have",
    `environments: {${ONE}, users: {bob: {storage: {claudeConfig: 2Gi}}}}`,
    `…environments.users.bob.storage.claudeConfig: ${NONE_OF_ITS_OWN}`,
  ],
  [
    'three claims taken over as one',
    `environments: {${ONE}, users: {bob: {claim: workspace-devenv-0}}}`,
    '…environments.users.bob.claim: given "workspace-devenv-0", is of the layout threeClaims, whose files are not where oneClaim looks for them: set storage.layout: threeClaims for this user, or leave it out and restore a backup of its files',
  ],
  [
    'one claim taken over as three',
    users('bob: {claim: environment-devenv-0}'),
    '…users.bob.claim: given "environment-devenv-0", is of the layout oneClaim, whose files …: set storage.layout: oneClaim for this user, or …',
  ],
  [
    'one claim adopted twice',
    `environments: {${ONE}, users: {a: {claim: environment-devenv-0}, b: {claim: environment-devenv-0}}}`,
    '…users.b.claim: is of environments.users.a.claim already: a claim belongs to one environment',
  ],
  [
    'a volume that is called as the one claim is',
    'environments: {volumes: [{name: environment, mountPath: /x, emptyDir: {}}]}',
    '…environments.volumes[0].name: is taken by the platform itself',
  ],
];
