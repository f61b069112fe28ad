import type { AccessGrant } from './schema';

/** Whether a grant means an environment: by the name of its user, where it has one, and else by its own. */
export const granted = ({ environments }: Pick<AccessGrant, 'environments'>, name: string, user?: string): boolean =>
  environments === 'all' || environments.includes(user ?? name);
