import { lookAt } from '../cluster/dns';
import { shortNameOf } from '../cluster/names';
import { isReady } from '../cluster/pods';
import { certificates, hostCertificates, issuer, kinds, leader, unfinished, vault } from './platform-rules';
import { endings, images, jobs, mounts, quotas, scheduling } from './pod-rules';
import { type Diagnosis, type Rule, STUCK_SEC, secondsSince } from './rule';
import type { Seen } from './seen';
import { attached, claims, nodes, volumes } from './storage-rules';

/** What answers for names is not looked at where names are found: it may be anything. */
const dns: Rule = ({ resolves, dns: { pods, addresses }, dnsPods }) => {
  if (resolves || dnsPods.some(isReady) || pods.length === 0) return [];
  // What is no pod cannot be seen.
  if (resolves === undefined && dnsPods.length === 0 && addresses.length > 0) return [];
  const where = pods.map(({ namespace, selector }) => `${namespace} (${selector})`).join(', ');
  return [
    {
      what: 'DNS of the cluster',
      cause:
        dnsPods.length === 0 ? `nothing answers in ${where}` : `${dnsPods.map(shortNameOf).join(', ')} is not Ready`,
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
        what: `pod ${shortNameOf(pod)}`,
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
  attached,
  quotas,
  images,
  mounts,
  scheduling,
  endings,
  jobs,
  vault,
  leader,
  certificates,
  hostCertificates,
  issuer,
  unfinished,
  leaving,
];

/** All that is wrong, each said once. */
export const diagnose = (seen: Seen): Diagnosis[] => RULES.flatMap((rule) => rule(seen));
