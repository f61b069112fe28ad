import type { AccessGrant } from './schema';

/** Whether a grant means an environment, by its own name or its user's. */
export const granted = ({ environments }: Pick<AccessGrant, 'environments'>, name: string, user?: string): boolean =>
  environments === 'all' || environments.includes(name) || (user !== undefined && environments.includes(user));
