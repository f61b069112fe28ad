import { CLAIMS } from '../../../constructs/core/rules/claims';
import { absolutePathAdvice } from './names';

/** Volumes of every environment. */
export const OWN_VOLUMES = [
  ...Object.values(CLAIMS).flat(),
  ...['config', 'access', 'ssh-user-ca', 'ssh-revoked-keys', 'ssh-host', 'notice', 'run', 'identity', 'tmp', 'secrets'],
];
/** What the platform, the kernel and the kubelet fill: neither these, nor what is below or above them. */
const OWN_PATHS = [
  ...['/workspace', '/commandhistory', '/home/node/.claude', '/etc/devenv', '/run/devenv', '/run/secrets/devenv'],
  ...['/tmp', '/proc', '/sys', '/dev', '/etc/passwd', '/etc/group', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf'],
];
/** Folders without which no pod runs; those below may be mounted. */
const SYSTEM = ['/bin', '/lib', '/lib64', '/sbin', '/usr', '/usr/bin', '/usr/lib', '/usr/lib64', '/usr/sbin', '/var'];

/** One spelling of a path: without a slash at its end, and /var/run by where it leads. */
export const plainPath = (path: string): string => path.replace(/\/$/, '').replace(/^\/var\/run(?=\/|$)/, '/run');

const isBelow = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

export function mountPathAdvice(value: string): string | undefined {
  const wrong = absolutePathAdvice(value);
  if (wrong) return wrong;
  const path = plainPath(value);
  // Programs ask for more shared memory than a pod has.
  if (path === '/dev/shm') return undefined;
  const own =
    SYSTEM.find((folder) => folder === path) ?? OWN_PATHS.find((one) => isBelow(path, one) || isBelow(one, path));
  if (!own) return undefined;
  return `is taken by the platform itself${path === own ? '' : `: choose a folder that neither is below ${own} nor holds it`}`;
}
