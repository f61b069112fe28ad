import { isAuthority } from '../platform/expiry';
import type { Rule } from './rule';

export const kinds: Rule = ({ unknownKinds, kindReleases }) =>
  unknownKinds.map((kind) => ({
    what: `kind ${kind}`,
    cause: 'the cluster does not know it, so that nothing brings secrets into environments',
    mend: kindReleases[0]
      ? `have Helm forget what it made once: kubectl delete secret --namespace ${kindReleases[0].namespace} --selector 'owner=helm,name in (${kindReleases.map(({ name }) => name).join(',')})'; then sandboxctl up makes it, and what was of that kind`
      : 'install its operator: sandboxctl up operators, or as docs/DELIVERY.md says',
  }));

export const vault: Rule = ({ status, vaultLog }) =>
  (status.vault?.sealed ?? []).map((name) => {
    const said = vaultLog.trim().split('\n').at(-1) ?? '';
    const message = /"message":"([^"]+)"/.exec(said)?.[1] ?? said;
    return {
      what: `Vault's server ${name}`,
      cause: `it is sealed${message ? `; what unseals it says: ${message}` : ''}`,
      mend: 'see that vault-bootstrap in platform-bootstrap runs and that the Secret vault-keys is there, or what the seal needs answers',
    };
  });

/** Servers that are open, and none that leads: they answer nothing. */
export const leader: Rule = ({ status: { vault: seen } }) =>
  seen?.leads === false
    ? [
        {
          what: 'Vault',
          cause: `no server leads: ${seen.open} of ${seen.servers} ${seen.open === 1 ? 'is' : 'are'} unsealed, and more than half have to run, be unsealed and reach each other`,
          mend: 'bring back those that are missing (sandboxctl status); where a node of theirs is lost, or the data of more than half, docs/OPERATIONS.md says how the others go on ("When a node of Vault is lost")',
        },
      ]
    : [];

export const certificates: Rule = ({ status, now }) =>
  status.certificates
    .filter(({ ends }) => Date.parse(ends) < now)
    .map(({ name, ends }) => ({
      what: isAuthority(name) ? 'the authority of all certificates' : `certificate ${name}`,
      cause: `it ended on ${ends}${isAuthority(name) ? ': nothing that it signed is trusted' : ''}`,
      mend: isAuthority(name)
        ? 'sandboxctl secrets replace-authority makes another one (docs/OPERATIONS.md, "Another authority for certificates")'
        : 'see why certificate-authority in platform-bootstrap does not renew it (kubectl logs --namespace platform-bootstrap deployment/certificate-authority), or what else issued it',
    }));

export const hostCertificates: Rule = ({ status, now }) =>
  status.hostCertificates
    .filter(({ ends }) => Date.parse(ends) < now)
    .map(({ name, ends }) => ({
      what: `the SSH host certificate of ${name}`,
      cause: `it ended on ${ends}, so that ssh refuses to connect`,
      mend: 'see why ssh-host-signer in platform-bootstrap does not renew it (kubectl logs --namespace platform-bootstrap deployment/ssh-host-signer)',
    }));

export const issuer: Rule = ({ keeperLog }) => {
  const last =
    keeperLog
      .trim()
      .split('\n')
      .filter((line) => /issuer|oidc|discovery/i.test(line))
      .at(-1) ?? '';
  if (!/did not match/.test(last)) return [];
  return [
    {
      what: 'logins',
      cause: `the identity provider answers as another issuer than is configured: ${/issuer did not match[^"\\]*/.exec(last)?.[0] ?? last}`,
      mend: 'give oidc.issuer (or access.nodeAddress, for Keycloak) exactly as the provider calls itself, and deploy again',
    },
  ];
};

/** What was begun and is not over. It may be at work just now. */
export const unfinished: Rule = ({ restored: { from, hasData }, isUpgrading }) => [
  ...(from
    ? [
        {
          what: 'a restore',
          cause: `backup ${from} is put back in part: ${hasData ? 'not all environments have their files' : 'its data is not all there'}`,
          mend: `unless it is at work just now, go on with it: sandboxctl restore --platform --at ${from}${hasData ? '' : '; or sandboxctl down removes it'}`,
        },
      ]
    : []),
  ...(isUpgrading
    ? [
        {
          what: 'an upgrade',
          cause: 'one from this folder was begun, and is not over',
          mend: 'unless it is at work just now, go on with it: sandboxctl upgrade; sandboxctl up makes the platform what platform.yaml says now',
        },
      ]
    : []),
];
