import { CERTIFICATE } from '../helpers/cases';
import type { Refused } from './refused-values';

const oidc = (more: string) => `oidc: {issuer: https://id.example.com, clientId: a, clientSecretName: b, ${more}}`;
const agents = (...items: string[]) => `boundary: {agents: [${items.join(', ')}]}`;
const ACCOUNT = 'serviceAccount: {namespace: ci, name: runner}';
const JWT = 'jwt: {issuer: https://ci.example.com, audience: a, claims: {ref: main}}';

/** People, groups and programs that nobody could tell apart, or that lead nowhere. */
export const refusedIdentities: Refused[] = [
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what Terraform would take for one.
  ...['a${1}b', '/admins', 'line\\nbreak', '%{if true}', 'a*'].map(
    (login): Refused => [
      `the login ${login}`,
      `environments: {users: {a: {login: "${login}"}}}`,
      "…users.a.login: given …, must be the user's name as the identity provider says it (letters, digits, spaces inside and any of …)",
    ],
  ),
  [
    'a login with a space before it, and one too long',
    `environments: {users: {a: {login: " bob"}, b: {login: ${'b'.repeat(256)}}}}`,
    '…users.a.login: given " bob", must not begin or end with a space: did you mean bob?',
    '…users.b.login: given …, must be at most 255 characters long, not 256',
  ],
  [
    'two authorities for one issuer',
    agents(
      `{name: a, environments: all, ${JWT.replace('ref: main}', `ref: main}, certificateAuthority: ${JSON.stringify(CERTIFICATE)}`)}}`,
      `{name: b, environments: all, ${JWT}}`,
    ),
    '…agents[1].jwt.certificateAuthority: is another than that of boundary.agents[0].jwt, which has the same issuer: give both the same',
  ],
  [
    'a claim of several values, of which any would do',
    agents(`{name: ci, environments: all, ${JWT.replace('ref: main', 'sub: "CN=robot,O=acme"')}}`),
    '…claims.sub: given "CN=robot,O=acme", must be one value without commas: Vault would let in whoever has what stands between two of them',
  ],
  [
    'texts with blanks around them',
    agents(`{name: ci, environments: all, ${JWT.replace('audience: a', 'audience: " a"')}}`),
    '…jwt.audience: given " a", must be one line without blanks around it',
  ],
  [
    'a user whose Service is another one’s for browsers',
    'web: {enabled: true}\nenvironments: {users: {a: {webPort: 31001}, a-external: {webPort: 31002}}}',
    '…users.a-external: would have the Service devenv-a-external, by which browsers reach environments.users.a: choose another name, and give this one as its login',
  ],
  [
    'a person called like a group, where one claim lists both',
    `web: {enabled: true}\n${oidc('principalsClaim: all')}\nenvironments: {users: {admins: {webPort: 31001}}}`,
    '…users.admins…: is the name of a group too, and oidc.principalsClaim lists both alike: everybody in it would use the environment of admins',
  ],
  [
    'groups of none',
    'boundary: {admins: [admin], auditors: [readonly, watchers]}',
    '…boundary.admins[0]: is none of keycloak.groups: did you mean admins?',
    '…boundary.auditors[1]: is none of keycloak.groups: add it there, or use …',
  ],
  [
    'an agent without a login, and one with two',
    agents('{name: a, environments: all}', `{name: b, environments: all, ${ACCOUNT}, ${JWT}}`),
    '…boundary.agents[0]: …must say how it logs in: by serviceAccount or by jwt, one of them',
    '…boundary.agents[1]: …must say how it logs in: by serviceAccount or by jwt, one of them',
  ],
  [
    'agents of one name, one for an environment that is none',
    agents(`{name: a, environments: all, ${ACCOUNT}}`, `{name: a, environments: [devenv-9], ${JWT}}`),
    '…boundary.agents[1].name: is the name of boundary.agents[0].name too: each logs in as itself',
    '…boundary.agents[1].environments[0]: names no environment: did you mean devenv-0?',
  ],
  [
    'tokens of a CI that anybody there gets',
    agents('{name: a, environments: all, jwt: {issuer: https://ci.example.com, audience: a, claims: {}}}'),
    '…boundary.agents[0].jwt.claims: …must name a claim: every token of this issuer would do otherwise',
  ],
  [
    'agents with nothing to open sessions to',
    `${agents(`{name: a, environments: all, ${ACCOUNT}}`)}\nvault: {engines: {ssh: false}}`,
    '…boundary.agents: have nothing to open sessions to: enable boundary, boundary.targets, vault and vault.engines.ssh, or leave them out',
  ],
  ['a login for ever', 'boundary: {loginTtl: 720h}', '…boundary.loginTtl: given "720h", must be from 5m to 168h'],
  [
    'an authority that is none',
    oidc('certificateAuthority: ca.crt'),
    '…oidc.certificateAuthority: given "ca.crt", must be certificates in PEM: each begins with -----BEGIN CERTIFICATE-----',
  ],
  [
    'an authority that is cut off',
    oidc(`certificateAuthority: ${JSON.stringify(CERTIFICATE.replace(/\n.*\n-----END/, '\n-----END'))}`),
    '…must be whole certificates: what one holds is damaged or cut off',
  ],
];
