import { Construct } from 'constructs';
import { type Identity, metadataOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { type Dns, NetworkIsolation } from './isolation';

/** Levels of the Pod Security Standards. */
export type PodSecurityLevel = 'restricted' | 'baseline' | 'privileged';

export interface PlatformNamespaceProps {
  /** Name of the namespace, which is none of the cluster's own (`default`, `kube-…`, `openshift-…`). */
  readonly name: string;
  /** Level that the API server enforces; warnings and audit entries are always given for `restricted`. @default 'restricted' */
  readonly podSecurity?: PodSecurityLevel;
  /** @default - CoreDNS in kube-system */
  readonly dns?: Dns;
  /** Keeps the namespace, and with it the claims in it, when the Helm release that carries it is removed. @default false */
  readonly keep?: boolean;
}

/** A namespace with its Pod Security level and default-deny network policies. Throws for one of the cluster's own. */
export class PlatformNamespace extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: PlatformNamespaceProps) {
    super(scope, id);
    this.name = props.name;
    const identity: Identity = { name: props.name, instance: props.name, component: 'namespace' };
    const metadata = metadataOf(
      this,
      identity,
      props.name,
      undefined,
      props.keep ? { 'helm.sh/resource-policy': 'keep' } : {},
    );
    const level = props.podSecurity ?? 'restricted';
    const others = level === 'privileged' ? 'privileged' : 'restricted';
    new k8s.KubeNamespace(this, 'namespace', {
      metadata: {
        ...metadata,
        labels: {
          ...metadata.labels,
          'pod-security.kubernetes.io/enforce': level,
          'pod-security.kubernetes.io/audit': others,
          'pod-security.kubernetes.io/warn': level,
        },
      },
    });
    new NetworkIsolation(this, 'isolation', { namespace: props.name, dns: props.dns });
  }
}
