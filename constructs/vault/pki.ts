import { Construct } from 'constructs';
import { seconds } from '../core/duration';
import { deliverTo, inFolder, type SecretConsumer } from '../secrets/consumer';
import { POLICY_PREFIX } from './setup';
import type { Vault } from './vault';

export interface CertificateGrantProps {
  /** Secret of type kubernetes.io/tls with tls.crt, tls.key and ca.crt. */
  readonly secretName: string;
  /** Names that clients dial, the first of them the certificate's own. */
  readonly dnsNames: readonly string[];
  /** How long a certificate is valid, as a Go duration; it is made anew when a third of that is left. @default '72h' */
  readonly ttl?: string;
}

/** Ten years. */
const AUTHORITY_TTL_SEC = 10 * 365 * 24 * 3600;
const DNS_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

type PkiVault = Pick<Vault, 'bootstrap' | 'addPkiRole'>;

/** Vault's PKI engine at `pki/`: an authority whose key never leaves Vault, for the environments' own servers. */
export class VaultPki extends Construct {
  readonly mount = 'pki';
  private readonly vault: PkiVault;

  constructor(scope: Construct, id: string, props: { vault: PkiVault }) {
    super(scope, id);
    this.vault = props.vault;
    // Made beside the other authorities, out of the reach of whoever writes roles.
    this.vault.bootstrap.configure({
      mounts: [
        {
          path: this.mount,
          type: 'pki',
          description: 'certificates of servers in environments',
          config: { max_lease_ttl: `${AUTHORITY_TTL_SEC}s` },
        },
      ],
      certificateAuthorities: [
        { mount: this.mount, commonName: 'Agent Sandbox environments', ttlSec: AUTHORITY_TTL_SEC },
      ],
    });
  }

  /**
   * Keeps a certificate for these names, and no others, in a Secret of the consumer's namespace, which environments see
   * as a folder of that name. It is not revoked when the grant goes, but ends within its life.
   *
   * @throws if there is no name, or one is none
   */
  grantCertificate(consumer: SecretConsumer, props: CertificateGrantProps): void {
    const { secretName, dnsNames, ttl = '72h' } = props;
    const ttlSec = seconds(ttl);
    const wrong = dnsNames.find((name) => !DNS_NAME.test(name));
    if (dnsNames.length === 0 || wrong !== undefined)
      throw new Error(
        `certificate "${secretName}" ${wrong === undefined ? 'needs' : `is for ${JSON.stringify(wrong)}, and needs`} names such as api.example.com`,
      );
    const role = `${POLICY_PREFIX}${consumer.namespace}-${secretName}`;
    const templates = {
      'tls.crt': '{{certificate}}\n{{issuing_ca}}\n',
      'tls.key': '{{private_key}}\n',
      'ca.crt': '{{issuing_ca}}\n',
    };
    const secret = {
      name: secretName,
      secretName,
      mount: this.mount,
      path: `issue/${role}`,
      kind: 'certificate',
      role,
      dnsNames,
      ttlSec,
      templates,
      policyPath: `${this.mount}/issue/${role}`,
    } as const;
    deliverTo(consumer, `certificate "${secretName}"`, secret, inFolder(secretName, Object.keys(templates)));
    this.vault.addPkiRole({ name: role, mount: this.mount, dnsNames, ttlSec });
  }
}
