import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { count, isNewSecret } from '../core/checks';
import { metadataOf } from '../core/identity';
import type { k8s } from '../core/k8s';
import { Bootstrap } from './bootstrap';

export interface CertificateAuthorityProps {
  /** Namespace of the authority's own key and program; nothing else should live there. @default 'platform-bootstrap' */
  readonly namespace?: string;
  /** Life of a server certificate in days, 1 to 3650; it is renewed when a third of it is left. @default 90 */
  readonly certificateDays?: number;
  /** An issuer of cert-manager, which signs in the place of an authority of the platform's own. @default - none */
  readonly issuer?: CertificateIssuer;
}

/** An issuer of cert-manager that signs with an authority of its own (CA, Vault or Venafi, not ACME). */
export interface CertificateIssuer {
  readonly name: string;
  /** An Issuer has to be there in every namespace with a server. @default 'ClusterIssuer' */
  readonly kind?: 'ClusterIssuer' | 'Issuer';
}

export interface ServerCertificateProps {
  readonly namespace: string;
  /** Secret of type kubernetes.io/tls with tls.crt, tls.key and ca.crt. */
  readonly secretName: string;
  /** Names that clients dial. */
  readonly dnsNames: readonly string[];
  /** Addresses that clients dial. @default [] */
  readonly ipAddresses?: readonly string[];
}

/** What clients dial, loopback besides, told apart as a certificate wants it. */
export function subjectNames(
  names: readonly string[],
): Required<Pick<ServerCertificateProps, 'dnsNames' | 'ipAddresses'>> {
  const all = [...new Set(names)];
  const isAddress = (name: string) => /^[\d.]+$|:/.test(name);
  return {
    dnsNames: all.filter((name) => !isAddress(name)),
    ipAddresses: [...new Set(['127.0.0.1', ...all.filter(isAddress)])],
  };
}

/** Seconds within which clients and servers follow: kubelets take two minutes at most, programs a few seconds. */
const SETTLE_SEC = 180;

/** Certificate whose authority is the one to publish. */
const FOLLOWED = 'platform-authority';

/**
 * The certificates of the platform's servers: issued and renewed by a program in the cluster with an authority of the
 * platform's own, or by cert-manager. Either way, the program publishes the authority's certificate.
 */
export class CertificateAuthority extends Construct {
  /** Name of the ConfigMap and of the Secret that hold ca.crt, in every namespace that `publish` names. */
  static readonly BUNDLE = 'platform-ca';
  /** What the names of the CronJobs begin with by which people replace the authority, a step each. */
  static readonly REPLACEMENT = 'replace-authority';
  /** Where its certificate is in a container with `mount`. */
  static readonly FILE = '/etc/platform-ca/ca.crt';
  /** Mounts a volume with the authority's certificate where programs look for it. */
  static mount(name: string): k8s.VolumeMount {
    return { name, mountPath: '/etc/platform-ca', readOnly: true };
  }
  /** The bundle as a volume. A pod waits for it until the certificate is there. */
  static volume(name: string): k8s.Volume {
    return { name, configMap: { name: CertificateAuthority.BUNDLE, items: [{ key: 'ca.crt', path: 'ca.crt' }] } };
  }

  readonly namespace: string;
  private readonly bootstrap: Bootstrap;
  private readonly published = new Set<string>();
  private readonly issued = new Map<string, string>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: CertificateAuthorityProps = {},
  ) {
    super(scope, id);
    this.namespace = props.namespace ?? 'platform-bootstrap';
    count(this, 'certificateDays', this.days, 1, 3650);
    this.bootstrap = new Bootstrap(this, 'bootstrap', {
      namespace: this.namespace,
      name: 'certificate-authority',
      program: 'certificates',
      run: 'continuous',
    });
    const secretName = props.issuer ? `${FOLLOWED}-tls` : 'certificate-authority-key';
    this.bootstrap.configure({
      authority: { namespace: this.namespace, secretName },
      isFollowed: props.issuer !== undefined,
      certificateDays: this.days,
      bundle: CertificateAuthority.BUNDLE,
      certificates: [],
      publishTo: [],
    });
    const right = props.issuer ? 'read' : 'make';
    this.bootstrap.grantAccess({ namespace: this.namespace, resource: 'secrets', names: [secretName], right });
    if (props.issuer) this.request(props.issuer, { namespace: this.namespace, secretName, dnsNames: [FOLLOWED] });
    else this.makeReplacement(secretName);
  }

  /** The steps by which people have another authority take the place of this one. */
  private makeReplacement(secretName: string): void {
    const { namespace } = this;
    const replacement = new Bootstrap(this, 'replacement', {
      namespace,
      name: CertificateAuthority.REPLACEMENT,
      program: 'certificates',
      run: { onDemand: ['trust', 'sign', 'drop'] },
    });
    replacement.configure({ authority: { namespace, secretName }, settleSec: SETTLE_SEC });
    replacement.grantAccess({ namespace, resource: 'secrets', names: [secretName], right: 'fill' });
  }

  /**
   * Keeps a valid certificate in a Secret. Pods that mount it wait until it is there.
   *
   * @throws if that Secret is asked for with another certificate
   */
  issue(props: ServerCertificateProps): void {
    if (!isNewSecret(this.issued, `${props.namespace}/${props.secretName}`, props)) return;
    if (this.props.issuer) {
      this.request(this.props.issuer, props);
      return;
    }
    this.bootstrap.configure({ certificates: [{ ipAddresses: [], ...props }] });
    this.bootstrap.grantAccess({ namespace: props.namespace, resource: 'secrets', names: [props.secretName] });
  }

  private get days(): number {
    return this.props.certificateDays ?? 90;
  }

  private request(issuer: CertificateIssuer, props: ServerCertificateProps): void {
    const { namespace, secretName, dnsNames, ipAddresses } = props;
    const identity = { name: 'certificate', instance: secretName, component: 'certificate' };
    new ApiObject(this, `certificate-${namespace}-${secretName}`, {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: metadataOf(this, identity, secretName, namespace),
      spec: {
        secretName,
        dnsNames,
        ipAddresses,
        duration: `${this.days * 24}h`,
        renewBefore: `${this.days * 8}h`,
        privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
        usages: ['digital signature', 'server auth'],
        issuerRef: { group: 'cert-manager.io', kind: issuer.kind ?? 'ClusterIssuer', name: issuer.name },
      },
    });
  }

  /** Keeps the authority's certificate in a ConfigMap and a Secret named `platform-ca` of a namespace. */
  publish(namespace: string): void {
    if (this.published.has(namespace)) return;
    this.published.add(namespace);
    this.bootstrap.configure({ publishTo: [namespace] });
    for (const resource of ['configmaps', 'secrets'] as const)
      this.bootstrap.publish(namespace, resource, CertificateAuthority.BUNDLE);
  }
}
