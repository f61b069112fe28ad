import { lookAt } from '../cluster/dns';
import { isReady } from '../cluster/pods';
import { endings, images, jobs, mounts, quotas, scheduling } from './pod-rules';
import { type Diagnosis, nameOf, type Rule, STUCK_SEC, secondsSince } from './rule';
import type { Seen } from './seen';
import { claims, nodes, volumes } from './storage-rules';

/** What answers for names is not looked at where names are found: it may be anything. */
const dns: Rule = ({ resolves, dns: { pods, addresses }, dnsPods }) => {
  if (resolves || dnsPods.some(isReady) || pods.length === 0) return [];
  // What is no pod cannot be seen.
  if (resolves === undefined && dnsPods.length === 0 && addresses.length > 0) return [];
  const where = pods.map(({ namespace, selector }) => `${namespace} (${selector})`).join(', ');
  return [
    {
      what: 'DNS of the cluster',
      cause: dnsPods.length === 0 ? `nothing answers in ${where}` : `${dnsPods.map(nameOf).join(', ')} is not Ready`,
      mend: `see that the cluster's DNS runs (${pods.map(lookAt).join('; ')}); if it is another, name its pods (network.dns.namespace, podLabels) or its addresses (network.dns.addresses)`,
    },
  ];
};

const route: Rule = ({ resolves, dns: { pods }, dnsPods }) =>
  resolves === false && (dnsPods.some(isReady) || pods.length === 0)
    ? [
        {
          what: 'DNS in environments',
          cause: 'names are not found, though the cluster has a DNS that runs: a NetworkPolicy is in between',
          mend: 'put back allow-dns (sandboxctl up namespaces), name resolvers that are no pods, such as NodeLocal DNSCache, in network.dns.addresses, and look for policies that others made (kubectl get networkpolicies --all-namespaces)',
        },
      ]
    : [];

const kinds: Rule = ({ unknownKinds }) =>
  unknownKinds.map((kind) => ({
    what: `kind ${kind}`,
    cause: 'the cluster does not know it, so that nothing brings secrets into environments',
    mend: 'install its operator: sandboxctl up operators, or as docs/DELIVERY.md says',
  }));

const vault: Rule = ({ status, vaultLog }) =>
  (status.vault?.sealed ?? []).map((name) => {
    const said = vaultLog.trim().split('\n').at(-1) ?? '';
    const message = /"message":"([^"]+)"/.exec(said)?.[1] ?? said;
    return {
      what: `Vault's server ${name}`,
      cause: `it is sealed${message ? `; what unseals it says: ${message}` : ''}`,
      mend: 'see that vault-bootstrap in platform-bootstrap runs and that the Secret vault-keys is there, or what the seal needs answers',
    };
  });

const certificates: Rule = ({ status, now }) =>
  status.certificates
    .filter(({ ends }) => Date.parse(ends) < now)
    .map(({ name, ends }) => ({
      what: `certificate ${name}`,
      cause: `it ended on ${ends}`,
      mend: 'see why certificate-authority in platform-bootstrap does not renew it (kubectl logs --namespace platform-bootstrap deployment/certificate-authority), or what else issued it',
    }));

const issuer: Rule = ({ keeperLog }) => {
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

const leaving: Rule = (seen) =>
  seen.pods
    .filter(
      ({ metadata }) =>
        metadata.deletionTimestamp &&
        secondsSince(metadata.deletionTimestamp, seen) > (metadata.deletionGracePeriodSeconds ?? 30) + STUCK_SEC,
    )
    .flatMap((pod) => {
      const node = seen.nodes.find(({ metadata }) => metadata.name === pod.spec.nodeName);
      // A lost node is told of by itself, with all that is on it.
      if (node && !isReady(node)) return [];
      return {
        what: `pod ${nameOf(pod)}`,
        cause: 'it is deleted, and does not go',
        mend: `see what its node says (kubectl describe node ${pod.spec.nodeName}), or kubectl delete pod --force`,
      };
    });

export const RULES: readonly Rule[] = [
  nodes,
  dns,
  route,
  kinds,
  claims,
  volumes,
  quotas,
  images,
  mounts,
  scheduling,
  endings,
  jobs,
  vault,
  certificates,
  issuer,
  leaving,
];

/** All that is wrong, each said once. */
export const diagnose = (seen: Seen): Diagnosis[] => RULES.flatMap((rule) => rule(seen));
