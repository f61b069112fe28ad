import type { Refused } from './refused-values';

/** SSH authorities, signers and engines of Vault that get in each other's way. */
export const refusedAuthorities: Refused[] = [
  [
    "transit keys on another engine's path",
    'boundary: {kms: {type: transit, mountPath: ssh}}',
    '…boundary.kms.mountPath: is the path of vault.ssh.userAuthority.mount too: each engine needs its own',
  ],
  [
    "SSH authorities on other engines' paths",
    'vault: {ssh: {userAuthority: {mount: secret}}}',
    '…vault.ssh.userAuthority.mount: given "secret", must not be the path of another engine…',
  ],
  [
    'one path for people and hosts',
    'vault: {ssh: {hostAuthority: {mount: ssh}, userAuthority: {alsoTrusted: [ssh]}}}',
    '…vault.ssh.hostAuthority.mount: is the path of vault.ssh.userAuthority.mount too: each engine needs its own',
    '…vault.ssh.userAuthority.alsoTrusted[0]: is the path of vault.ssh.userAuthority.mount too: each engine needs its own',
  ],
  [
    "an authority at the path of the engine that keeps the operator's logins",
    'vault: {ssh: {hostAuthority: {mount: transit}}, engines: {terraform: {enabled: true, teamId: team-1}}}',
    '…vault.ssh.hostAuthority.mount: is the path of secrets.delivery too: each engine needs its own',
  ],
  [
    'an authority that is trusted twice',
    'vault: {ssh: {hostAuthority: {alsoTrusted: [old, old]}}}',
    '…vault.ssh.hostAuthority.alsoTrusted[1]: is taken by item 1',
  ],
  [
    'lives of certificates that make no sense',
    'vault: {ssh: {maxTtl: 90d, hostTtl: 10m}}',
    '…vault.ssh.maxTtl: given "90d", must be a duration such as 30s, 5m or 1h30m: did you mean 2160h?',
    '…vault.ssh.hostTtl: given "10m", must be from 1h to 8760h',
  ],
  [
    'certificates of people that are gone before a login',
    'vault: {ssh: {maxTtl: 2s}}',
    '…vault.ssh.maxTtl: given "2s", must be from 3m to 24h',
  ],
  [
    'signers of the same name, one for an environment that is none',
    'vault: {ssh: {signers: [{name: ci, environments: all}, {name: ci, environments: [devenv-7]}]}}',
    '…vault.ssh.signers[1].name: is the name of vault.ssh.signers[0].name too: each has a policy of its own',
    '…vault.ssh.signers[1].environments[0]: names no environment: did you mean devenv-0?',
  ],
  [
    'signers without an authority',
    'vault: {engines: {ssh: false}, ssh: {signers: [{name: ci, environments: all}]}}',
    '…vault.ssh.signers: have nobody to sign: enable vault and vault.engines.ssh, or leave them out',
  ],
];
