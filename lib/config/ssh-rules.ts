import { clash, path, type Rule, shared, when } from './contradiction';
import type { PlatformConfig } from './schema';
import { installsOperator } from './secret-rules';
import type { Path } from './words';

/** Every path of Vault that an engine of the configuration has, by the setting that says so. */
function mounts(config: PlatformConfig): (readonly [Path, string])[] {
  const { ssh, engines } = config.vault;
  const { kms, previousKms } = config.boundary;
  const authorities = (['userAuthority', 'hostAuthority'] as const).flatMap((key): [Path, string][] => {
    const at = path(`vault.ssh.${key}`);
    const { mount, alsoTrusted } = ssh[key];
    return [
      [[...at, 'mount'], mount],
      ...alsoTrusted.map((one, i): [Path, string] => [[...at, 'alsoTrusted', i], one]),
    ];
  });
  const [key, keys] = kms.type === 'transit' ? (['kms', kms] as const) : (['previousKms', previousKms] as const);
  const transit: [Path, string][] =
    keys?.type === 'transit' ? [[path(`boundary.${key}.mountPath`), keys.mountPath]] : [];
  // For the sake of tokens with a lease the operator's logins are kept, encrypted by an engine at the usual path.
  const { enabled, teamId, userId } = engines.terraform;
  const keepsLogins = config.vault.enabled && installsOperator(config) && enabled && (teamId ?? userId);
  const own: [Path, string][] = keepsLogins ? [[path('secrets.delivery'), 'transit']] : [];
  if (transit[0]?.[1] === 'transit') own.pop();
  return [...own, ...authorities, ...transit];
}

/** What SSH certificates need of the other settings. */
export const sshRules: Rule[] = [
  (config) => shared(mounts(config), (other) => `is the path of ${other} too: each engine needs its own`),
  ({ vault: { ssh } }) =>
    shared(
      ssh.signers.map(({ name }, index) => [['vault', 'ssh', 'signers', index, 'name'], name]),
      (other) => `is the name of ${other} too: each has a policy of its own`,
    ),
  ({ vault: { enabled, engines, ssh } }) =>
    when(ssh.signers.length > 0 && !(enabled && engines.ssh), () =>
      clash(
        'have nobody to sign: enable vault and vault.engines.ssh, or leave them out',
        'vault.ssh.signers',
        'vault.enabled',
        'vault.engines.ssh',
      ),
    ),
];
