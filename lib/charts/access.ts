import type { Agent, Environment, Principal } from '../../constructs';
import { granted, type PlatformConfig } from '../config';

/** Who enters which environment: people their own, groups those that the configuration names. */
export function admissions(
  { environments: { users, access } }: PlatformConfig,
  environments: readonly Environment[],
): (readonly [Principal, Environment])[] {
  const own = environments.flatMap((environment) =>
    environment.user ? [[{ kind: 'user', name: users[environment.user].login }, environment] as const] : [],
  );
  const groups = access.flatMap((grant) =>
    environments
      .filter(({ name, user }) => granted(grant, name, user))
      .map((environment) => [{ kind: 'group', name: grant.group }, environment] as const),
  );
  return [...own, ...groups];
}

/** Programs that open sessions, and to which environments. */
export const agentAdmissions = (
  { boundary: { agents } }: PlatformConfig,
  environments: readonly Environment[],
): (readonly [Agent, Environment])[] =>
  agents.flatMap((agent) => {
    const { name, serviceAccount, jwt } = agent;
    return environments
      .filter((environment) => granted(agent, environment.name, environment.user))
      .map((environment) => [{ kind: 'agent', name, serviceAccount, jwt }, environment] as const);
  });
