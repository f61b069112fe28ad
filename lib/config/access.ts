import type { AccessGrant, PlatformConfig } from './schema';

/** Whether a grant means an environment: by the name of its user, where it has one, and else by its own. */
export const granted = ({ environments }: Pick<AccessGrant, 'environments'>, name: string, user?: string): boolean =>
  environments === 'all' || environments.includes(user ?? name);

/** The address of an environment's load balancer: by the name of its user, or by its own where that is no other's user. */
export const balancerOf = (
  { access, environments: { users } }: Pick<PlatformConfig, 'access' | 'environments'>,
  name: string,
  user = '',
): string | undefined => {
  const { web } = access.loadBalancerAddresses;
  return web[user] ?? (Object.hasOwn(users, name) ? undefined : web[name]);
};

/** Whether what stands in front of the servers keeps to the sources: an annotation tells ingress-nginx and OpenShift's router; a route of the Gateway API has no place for it. */
export const keepsSources = ({ mode, ingressClass }: PlatformConfig['access']) =>
  mode !== 'gateway' && (mode !== 'ingress' || ingressClass.includes('nginx'));
