import { BlockList, isIPv4 } from 'node:net';
import { type KubeObject, type Labels, matches, ofKind } from './objects';

/** One end of a connection. */
export type Party =
  | { readonly kind: 'pod'; readonly namespace: string; readonly labels: Labels; readonly address: string }
  /** A node, or what runs in its network: the API server, kubelets, NodeLocal DNSCache. */
  | { readonly kind: 'node'; readonly address: string }
  | { readonly kind: 'outside'; readonly address: string };

/**
 * How a network plugin reads an ipBlock. Calico, kindnet and others compare addresses, whoever has them. Cilium (GKE's
 * Dataplane V2, too) knows pods and nodes by what they are, and an ipBlock means none of them.
 */
export type Plugin = 'calico' | 'cilium';

export interface Connection {
  readonly from: Party;
  readonly to: Party;
  /** As the policy sees it: behind Services. */
  readonly port: number;
  readonly protocol?: 'TCP' | 'UDP';
}

const family = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6');

export function inside(address: string, cidr: string): boolean {
  const [network, length] = cidr.split('/');
  if (family(network) !== family(address)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(length), family(network));
  return list.check(address, family(address));
}

function isPeer(peer: any, party: Party, plugin: Plugin): boolean {
  if (peer.ipBlock) {
    const { cidr, except = [] } = peer.ipBlock;
    if (plugin === 'cilium' && party.kind !== 'outside') return false;
    return inside(party.address, cidr) && !except.some((closed: string) => inside(party.address, closed));
  }
  return (
    party.kind === 'pod' &&
    matches(peer.namespaceSelector.matchLabels, { 'kubernetes.io/metadata.name': party.namespace }) &&
    matches(peer.podSelector?.matchLabels ?? {}, party.labels)
  );
}

function isOpen(
  policies: readonly KubeObject[],
  self: Party,
  direction: 'Ingress' | 'Egress',
  way: Connection,
  plugin: Plugin,
) {
  if (self.kind !== 'pod') return true;
  const [rulesKey, peersKey, other] =
    direction === 'Egress' ? (['egress', 'to', way.to] as const) : (['ingress', 'from', way.from] as const);
  const selecting = policies.filter(
    ({ metadata, spec }) =>
      metadata.namespace === self.namespace &&
      spec.policyTypes.includes(direction) &&
      matches(spec.podSelector.matchLabels ?? {}, self.labels),
  );
  if (selecting.length === 0) return true;
  return selecting
    .flatMap(({ spec }): any[] => spec[rulesKey] ?? [])
    .some(
      (rule) =>
        (!rule.ports?.length ||
          rule.ports.some((p: any) => p.port === way.port && p.protocol === (way.protocol ?? 'TCP'))) &&
        // An absent or empty list of peers means everybody.
        (!rule[peersKey]?.length || rule[peersKey].some((peer: any) => isPeer(peer, other, plugin))),
    );
}

/** Whether policies let a connection pass, at both of its ends. */
export function passes(objects: readonly KubeObject[], way: Connection, plugin: Plugin): boolean {
  const policies = ofKind(objects, 'NetworkPolicy');
  return isOpen(policies, way.from, 'Egress', way, plugin) && isOpen(policies, way.to, 'Ingress', way, plugin);
}
