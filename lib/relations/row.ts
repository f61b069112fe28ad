import type { AccessGrant, Path, PlatformConfig, UserEnvironment } from '../config';
import type { EnvironmentName, Grant } from './relation';

/** Who reaches, or what is reached. */
export interface Party {
  readonly kind:
    | 'person'
    | 'anyone'
    | 'group'
    | 'agent'
    | 'signer'
    | 'key'
    | 'serviceAccount'
    | 'network'
    | 'environment'
    | 'secret'
    | 'volume'
    | 'host'
    | 'part';
  /** Of an environment its own, or `all`, or `others`: those without a row of their own for the same. */
  readonly name: string;
}

/** Whether it is so by the settings alone, or by addresses that no setting says. */
export type Answer = 'yes' | 'no' | 'depends';

/** One line of who reaches what, and the setting that decides. */
export interface Row {
  readonly who: Party;
  readonly what: Party;
  /** The way, in words. */
  readonly how: string;
  readonly allowed: Answer;
  readonly by?: Path;
}

/** Whether somebody wrote a setting. */
export type IsGiven = (path: Path) => boolean;

export const party = (kind: Party['kind'], name: string): Party => ({ kind, name });

export const ALL = party('environment', 'all');

/** Names of the environments, and of their users. */
export const environmentsOf = ({ environments: { replicas, users } }: PlatformConfig): EnvironmentName[] => {
  const named = Object.keys(users).map((user) => ({ name: `devenv-${user}`, user }));
  return named.length > 0 ? named : Array.from({ length: replicas }, (_, index) => ({ name: `devenv-${index}` }));
};

/** The environments of a grant, as rows name them. */
export const environmentsIn = (
  { environments: { users } }: PlatformConfig,
  chosen: AccessGrant['environments'],
): Party[] =>
  chosen === 'all'
    ? [ALL]
    : chosen.map((name) => party('environment', Object.hasOwn(users, name) ? `devenv-${name}` : name));

type Field = 'sshKeys' | 'volumes' | 'serviceAccountAnnotations';

/** The values that environments have of a setting: everybody's, and those of users who have their own. */
export function valuesOf<F extends Field>(
  { environments }: PlatformConfig,
  field: F,
  isGiven: IsGiven,
): Grant<UserEnvironment[F]>[] {
  const names = Object.keys(environments.users);
  const own = names.filter((user) => isGiven(['environments', 'users', user, field]));
  const others = names.filter((user) => !own.includes(user));
  const everybody = { to: environments[field] as UserEnvironment[F], by: ['environments', field] };
  return [
    ...(own.length === 0 ? [{ ...everybody, environments: 'all' as const }] : []),
    ...(own.length > 0 && others.length > 0 ? [{ ...everybody, environments: others }] : []),
    ...own.map((user) => ({
      to: environments.users[user][field],
      environments: [user],
      by: ['environments', 'users', user, field],
    })),
  ];
}
