import type { PlatformConfig } from '../config';
import type { Reach } from './reach';
import { environmentsOf, type Party } from './row';

const NAMED: readonly Party['kind'][] = ['person', 'group', 'agent', 'signer', 'serviceAccount'];

const meantBy = (name: string, { environments: { users } }: PlatformConfig) => {
  const own = Object.entries(users).flatMap(([user, { login }]) => (login === name ? [user] : []));
  return [name, `devenv-${name}`, ...own.map((user) => `devenv-${user}`)];
};

/** What concerns somebody, or an environment: what it reaches, and who reaches it. */
export function about(rows: readonly Reach[], name: string, config: PlatformConfig): Reach[] {
  const meant = meantBy(name, config);
  const environments = environmentsOf(config).flatMap((one) => (meant.includes(one.name) ? [one.name] : []));
  const all = environments.length > 0 ? ['all', 'others'] : [];
  const isMeant = ({ kind, name: called }: Party) =>
    kind === 'environment' ? [...environments, ...all].includes(called) : NAMED.includes(kind) && called === name;
  return rows.filter(({ who, what }) => isMeant(who) || (isMeant(what) && what.name !== 'others'));
}

/** Every name that has an answer. */
export const namesIn = (rows: readonly Reach[], config: PlatformConfig): string[] => [
  ...new Set([
    ...Object.keys(config.environments.users),
    ...environmentsOf(config).map(({ name }) => name),
    ...rows.flatMap(({ who }) => (NAMED.includes(who.kind) ? [who.name] : [])),
  ]),
];
