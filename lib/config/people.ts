import { path, type Written } from './contradiction';
import { valueAt } from './layers';
import type { PlatformConfig } from './schema';

/** Named users, and where each of them stands. */
export const users = ({ environments }: PlatformConfig) =>
  Object.entries(environments.users).map(([name, user]) => ({ at: ['environments', 'users', name], name, user }));

/** Everybody's settings, and those of users who have their own at `field`. */
export const settings = (config: PlatformConfig, { all }: Written, field: string) => [
  { at: path('environments'), own: config.environments },
  ...users(config)
    .filter(({ at }) => valueAt(all, [...at, field]) !== undefined)
    .map(({ at, user }) => ({ at, own: user })),
];
