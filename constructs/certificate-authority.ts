import { Construct } from 'constructs';
import { Bootstrap } from './bootstrap';

export interface CertificateAuthorityProps {
  /** Namespace of the authority's own key and program; nothing else should live there. @default 'platform-bootstrap' */
  readonly namespace?: string;
  /** Life of a server certificate in days; it is renewed when a third of it is left. @default 90 */
  readonly certificateDays?: number;
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

/** The platform's own certificate authority: a program in the cluster that issues and renews server certificates. */
export class CertificateAuthority extends Construct {
  /** Name of the ConfigMap and of the Secret that hold ca.crt, in every namespace that `publish` names. */
  static readonly BUNDLE = 'platform-ca';
  readonly namespace: string;
  private readonly bootstrap: Bootstrap;
  private readonly published = new Set<string>();

  constructor(scope: Construct, id: string, props: CertificateAuthorityProps = {}) {
    super(scope, id);
    this.namespace = props.namespace ?? 'platform-bootstrap';
    this.bootstrap = new Bootstrap(this, 'bootstrap', {
      namespace: this.namespace,
      name: 'certificate-authority',
      program: 'certificates',
      run: 'continuous',
    });
    const secretName = 'certificate-authority-key';
    this.bootstrap.configure({
      authority: { namespace: this.namespace, secretName },
      certificateDays: props.certificateDays ?? 90,
      bundle: CertificateAuthority.BUNDLE,
      certificates: [],
      publishTo: [],
    });
    this.bootstrap.grantAccess({ namespace: this.namespace, resource: 'secrets', names: [secretName] });
  }

  /** Keeps a valid certificate in a Secret. Pods that mount it wait until it is there. */
  issue(props: ServerCertificateProps): void {
    this.bootstrap.configure({ certificates: [{ ipAddresses: [], ...props }] });
    this.bootstrap.grantAccess({ namespace: props.namespace, resource: 'secrets', names: [props.secretName] });
  }

  /** Keeps the authority's certificate in a ConfigMap and a Secret named `platform-ca` of a namespace. */
  publish(namespace: string): void {
    if (this.published.has(namespace)) return;
    this.published.add(namespace);
    this.bootstrap.configure({ publishTo: [namespace] });
    for (const resource of ['configmaps', 'secrets'] as const) {
      this.bootstrap.grantAccess({ namespace, resource, names: [CertificateAuthority.BUNDLE] });
    }
  }
}
