import { isIP } from 'node:net';
import type { Construct, IConstruct } from 'constructs';
import { count } from '../core/checks';
import { type Identity, metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { namedPort, port } from '../core/pod';
import { contains } from '../core/rules/networks';
import { settingsOf } from '../core/settings';
import { checkNetworks, cidrOf, outermost } from './cidr';

/** Pods that take part in network relations. */
export interface PodPeer {
  /** Where this side's policies are made. */
  readonly scope: Construct;
  /** Names this side in the names of policies. */
  readonly name: string;
  readonly namespace: string;
  readonly identity: Identity;
  /** @default - the identity's selector */
  readonly podLabels?: Readonly<Record<string, string>>;
  /** Pods of others, who look after the policies of their namespace themselves. @default false */
  readonly foreign?: boolean;
}

/** Addresses outside the platform. */
export interface AddressPeer {
  readonly name: string;
  /** Networks, at least one. Both families whole, on certain ports, mean everybody: with every network plugin pods and nodes, too. */
  readonly cidrs: readonly string[];
  /** Networks that are left out of those of `cidrs` that contain them. @default [] */
  readonly except?: readonly string[];
}

/** All pods of a namespace that others look after. */
export interface NamespacePeer {
  readonly name: string;
  readonly namespace: string;
}

export type Peer = PodPeer | AddressPeer | NamespacePeer;

export interface PeerPort {
  readonly port: number | string;
  /** @default 'TCP' */
  readonly protocol?: 'TCP' | 'UDP';
}

/** The pods of `identity`. */
export function podPeer(scope: Construct, namespace: string, identity: Identity, name = identity.instance): PodPeer {
  return { scope, name, namespace, identity };
}

/** Every address, inside the cluster as outside. */
export const ANYWHERE: AddressPeer = { name: 'anywhere', cidrs: ['0.0.0.0/0', '::/0'] };

/** Lets pods call the API server, at the addresses and ports that the settings in force give. @throws if they give no port */
export function allowKubernetesApi(from: PodPeer): void {
  const { kubernetesApi, kubernetesApiPorts } = settingsOf(from.scope);
  // A rule without ports would be one for all of them.
  if (kubernetesApiPorts.length === 0) throw new Error('kubernetesApiPorts is empty: name a port, or leave it out');
  checkNetworks('kubernetesApi', kubernetesApi);
  // Where one family may be any address, nobody knows which address it is.
  const isKnown = kubernetesApi.length > 0 && !kubernetesApi.some((cidr) => cidr.endsWith('/0'));
  const to = { name: 'kubernetes-api', cidrs: isKnown ? kubernetesApi : ANYWHERE.cidrs };
  allow(
    from,
    to,
    kubernetesApiPorts.map((number) => ({ port: number })),
  );
}

/** The server of a URL outside the platform: its address where the URL has one, else anywhere, since names may move. */
export function serverAt(name: string, url: string): AddressPeer {
  const address = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return { name, cidrs: isIP(address) ? [cidrOf(address)] : ANYWHERE.cidrs };
}

const isPods = (peer: Peer): peer is PodPeer => 'identity' in peer;
const isAddresses = (peer: Peer): peer is AddressPeer => 'cidrs' in peer;

/**
 * Opens one direction between two peers: an egress rule on the side that calls and an ingress rule on the
 * side that is called, each a policy of its own, so that no two relations share an object.
 *
 * @throws if a peer has no addresses or some that are no networks, or the relation is there already with other ports
 */
export function allow(from: Peer, to: Peer, ports: readonly PeerPort[]): void {
  if (isPods(from) && !from.foreign) policy(from, `${from.name}-to-${to.name}`, 'Egress', to, ports);
  if (isPods(to) && !to.foreign) policy(to, `${to.name}-from-${from.name}`, 'Ingress', from, ports);
}

/** Ports of each relation that was made, by its policy. */
const relations = new WeakMap<IConstruct, string>();

function policy(side: PodPeer, name: string, direction: 'Ingress' | 'Egress', other: Peer, ports: readonly PeerPort[]) {
  const id = `network-policy-${name}`;
  const before = side.scope.node.tryFindChild(id);
  if (before) return sameAs(before, name, ports);
  if (isAddresses(other)) checkNetworks(`addresses of "${other.name}"`, [...other.cidrs, ...(other.except ?? [])]);
  for (const { port } of ports) if (typeof port === 'number') count(side.scope, 'a port', port, 1, 65_535);
  // No ports: every port.
  const rule = ports.length > 0 ? { ports: ports.map(policyPort) } : {};
  const peers = ports.length > 0 && isEverything(other) ? undefined : policyPeers(other);
  const made = new k8s.KubeNetworkPolicy(side.scope, id, {
    metadata: metadataOf(side.scope, side.identity, name, side.namespace),
    spec: {
      podSelector: { matchLabels: labelsOfPods(side) },
      policyTypes: [direction],
      ...(direction === 'Egress' ? { egress: [{ ...rule, to: peers }] } : { ingress: [{ ...rule, from: peers }] }),
    },
  });
  relations.set(made, JSON.stringify(ports));
}

/** A relation said twice is one; said with other ports it would lose the first ones. */
function sameAs(before: IConstruct, name: string, ports: readonly PeerPort[]): void {
  const [was, is] = [relations.get(before), JSON.stringify(ports)];
  if (was !== is) throw new Error(`relation "${name}" is there already with ports ${was}, got ${is}: name all in one`);
}

/**
 * Where every address is meant, the rule names none: some plugins, Cilium among them, take an ipBlock for what is outside
 * the cluster alone, never for a node (and so for most API servers) or a pod (such as an ingress controller's).
 */
function isEverything(peer: Peer): boolean {
  if (!isAddresses(peer) || peer.except?.length) return false;
  return ANYWHERE.cidrs.every((whole) => peer.cidrs.some((cidr) => contains(cidr, whole)));
}

function policyPeers(peer: Peer): k8s.NetworkPolicyPeer[] {
  if (isAddresses(peer)) return addressBlocks(peer);
  // The one namespace label that its owner cannot choose.
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': peer.namespace } };
  return [
    isPods(peer) ? { namespaceSelector, podSelector: { matchLabels: labelsOfPods(peer) } } : { namespaceSelector },
  ];
}

function addressBlocks({ name, cidrs, except = [] }: AddressPeer): k8s.NetworkPolicyPeer[] {
  const open = cidrs.filter((cidr) => !except.some((closed) => contains(closed, cidr)));
  // A rule without a peer would mean all of them.
  if (open.length === 0) throw new Error(`peer "${name}" has no addresses${left(cidrs, except)}`);
  return open.map((cidr) => {
    const inside = outermost(except.filter((closed) => contains(cidr, closed)));
    return { ipBlock: { cidr, except: inside.length > 0 ? inside : undefined } };
  });
}

const left = (cidrs: readonly string[], except: readonly string[]) =>
  cidrs.length > 0 ? `: all of ${cidrs.join(', ')} is in its except ${except.join(', ')}` : ': name a network in cidrs';

const labelsOfPods = (peer: PodPeer) => ({ ...(peer.podLabels ?? selectorOf(peer.identity)) });

const policyPort = ({ port: value, protocol = 'TCP' }: PeerPort): k8s.NetworkPolicyPort => ({
  protocol,
  port: typeof value === 'number' ? port(value) : namedPort(value),
});
