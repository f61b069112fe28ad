import type { ContainerSpec } from '../core/pod';
import { resources } from '../core/resources';
import { settingsOf } from '../core/settings';
import { PROGRAMS } from '../generated/programs';
import { allow, type PodPeer, serverAt } from '../network/peer';
import type { IdentityProvider } from './identity-provider';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Lets servers find an identity provider at its issuer's address, the one by which browsers know it. Returns what has
 * to run beside them: where that address is a browser's own loopback, a relay makes it the pod's own, too.
 */
export function reachIssuer(from: PodPeer, { issuer, endpoints }: IdentityProvider): ContainerSpec[] {
  const url = new URL(issuer);
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  if (endpoints) allow(from, endpoints.peer, [{ port: endpoints.port }]);
  if (!LOOPBACK.test(url.hostname)) {
    allow(from, serverAt('identity-provider', issuer), [{ port }]);
    return [];
  }
  if (!endpoints) throw new Error(`identity provider ${issuer}: its pods have to be known, since it is on loopback`);
  const server = [new URL(endpoints.token).hostname, `${endpoints.port}`];
  const loopback = url.hostname === '[::1]' ? '::1' : '127.0.0.1';
  return [
    {
      name: 'issuer-relay',
      image: settingsOf(from.scope).bootstrapImage,
      command: ['node', '--input-type=module', '-e', PROGRAMS.relay, loopback, `${port}`, ...server],
      resources: resources(['5m', '32Mi'], ['200m', '96Mi']),
    },
  ];
}
