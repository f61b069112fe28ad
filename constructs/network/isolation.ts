import { Construct } from 'constructs';
import { type Identity, metadataOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { port } from '../core/pod';
import { checkNamespace } from '../core/reserved';
import { cidrOf } from './cidr';

/** Where the cluster's DNS answers. */
export interface Dns {
  /** @default 'kube-system' */
  readonly namespace?: string;
  /** @default { 'k8s-app': 'kube-dns' } */
  readonly podLabels?: Readonly<Record<string, string>>;
  /** Port of the pods, which the policy sees behind the Service's. @default 53 */
  readonly port?: number;
  /** Resolvers that are no pods, such as NodeLocal DNSCache: addresses or CIDRs, each on port 53. @default [] */
  readonly addresses?: readonly string[];
}

export interface NetworkIsolationProps {
  readonly namespace: string;
  /** @default - CoreDNS in kube-system */
  readonly dns?: Dns;
}

const portsOf = (number: number) => ['UDP', 'TCP'].map((protocol) => ({ protocol, port: port(number) }));

/**
 * Denies a namespace all traffic in both directions, DNS apart; every other route comes from a relation. Throws for a
 * namespace of the cluster's own, such as `kube-system` or `default`.
 */
export class NetworkIsolation extends Construct {
  constructor(scope: Construct, id: string, props: NetworkIsolationProps) {
    super(scope, id);
    checkNamespace(props.namespace);
    const identity: Identity = { name: 'network-isolation', instance: props.namespace, component: 'network-policy' };
    new k8s.KubeNetworkPolicy(this, 'default-deny', {
      metadata: metadataOf(this, identity, 'default-deny', props.namespace),
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
    const { addresses = [], ...pods } = props.dns ?? {};
    const { namespace = 'kube-system', podLabels = { 'k8s-app': 'kube-dns' }, port: dnsPort = 53 } = pods;
    new k8s.KubeNetworkPolicy(this, 'allow-dns', {
      metadata: metadataOf(this, identity, 'allow-dns', props.namespace),
      spec: {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [
          {
            to: [
              {
                namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
                podSelector: { matchLabels: { ...podLabels } },
              },
            ],
            ports: portsOf(dnsPort),
          },
          ...(addresses.length > 0
            ? [{ to: addresses.map((address) => ({ ipBlock: { cidr: cidrOf(address) } })), ports: portsOf(53) }]
            : []),
        ],
      },
    });
  }
}
