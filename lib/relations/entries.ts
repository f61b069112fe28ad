import type { PlatformConfig } from '../config';
import type { Grant } from './relation';

/** A person or a group of people, as the identity provider names them. */
export interface People {
  readonly kind: 'user' | 'group';
  readonly name: string;
}

type AgentSettings = PlatformConfig['boundary']['agents'][number];

/** A program, and how it shows who it is. */
export type Program = Pick<AgentSettings, 'name' | 'serviceAccount' | 'jwt'> & { readonly kind: 'agent' };

type Signer = PlatformConfig['vault']['ssh']['signers'][number];

/** Which people enter which environment: persons their own, groups those that the configuration names. */
export function admissions({ environments: { users, access } }: PlatformConfig): Grant<People>[] {
  const own = Object.entries(users).map(([user, { login }]) => ({
    to: { kind: 'user', name: login } as const,
    environments: [user],
    by: ['environments', 'users', user],
  }));
  const groups = access.map(({ group, environments }, index) => ({
    to: { kind: 'group', name: group } as const,
    environments,
    by: ['environments', 'access', index],
  }));
  return [...own, ...groups];
}

/** Which programs do. */
const agentAdmissions = ({ boundary: { agents } }: PlatformConfig): Grant<Program>[] =>
  agents.map(({ name, serviceAccount, jwt, environments }, index) => ({
    to: { kind: 'agent', name, serviceAccount, jwt },
    environments,
    by: ['boundary', 'agents', index],
  }));

/** Who opens sessions through Boundary: nobody where it has no targets, or nothing signs their keys. */
export const sessions = (config: PlatformConfig): Grant<People | Program>[] =>
  config.boundary.enabled && config.boundary.targets && config.vault.enabled && config.vault.engines.ssh
    ? [...admissions(config), ...agentAdmissions(config)]
    : [];

/** Who has keys of its own signed by Vault. */
export const signers = ({ vault: { enabled, engines, ssh } }: PlatformConfig): Grant<Signer>[] =>
  enabled && engines.ssh
    ? ssh.signers.map((signer, index) => ({
        to: signer,
        environments: signer.environments,
        by: ['vault', 'ssh', 'signers', index],
      }))
    : [];

/** Whether proxies stand before the environments' web servers. */
export const asksOnTheWeb = ({ web }: PlatformConfig): boolean => web.enabled && web.authentication;

/** Whether anything says who people are: nobody logs in to Boundary otherwise. */
export const knowsPeople = ({ oidc, keycloak }: PlatformConfig): boolean => oidc !== undefined || keycloak.enabled;
