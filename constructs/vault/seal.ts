import { check } from '../core/checked';
import { hclBlock } from '../core/hcl';
import type { k8s } from '../core/k8s';
import type { Attachment } from '../core/pod';
import { enginePathFault, transitKeyFault, vaultAddressFault } from '../core/rules/hashicorp';
import { allow, type PodPeer, serverAt } from '../network/peer';
import type { CloudKey } from '../services/cloud-key';

/** What unseals Vault after a start. */
export abstract class Seal {
  /** The bootstrap keeps the keys in its own namespace. For development only: who reads that namespace reads Vault. */
  static development(): Seal {
    return new Development();
  }

  /**
   * Another Vault's transit engine.
   *
   * @throws if the address is not one of https, or Vault takes no such name for a key, or path for an engine
   */
  static transit(props: TransitSealProps): Seal {
    return new Transit(props);
  }

  /** A cloud's key service. */
  static cloud(key: CloudKey): Seal {
    return new Cloud(key);
  }

  /** Whether Vault unseals itself. */
  readonly autoUnseal: boolean = true;
  /** The stanza of Vault's configuration. */
  abstract readonly hcl: string;
  /** What Vault's pods mount for it. */
  readonly attachment: Attachment = { volumes: [], mounts: [], env: [] };
  /** The key whose identity the pods need. */
  readonly key?: CloudKey;

  /** Lets pods call whatever unseals them. */
  abstract allowFrom(peer: PodPeer): void;
}

export interface TransitSealProps {
  /** URL of the other Vault, with https. */
  readonly address: string;
  readonly keyName: string;
  /** @default 'transit' */
  readonly mountPath?: string;
  /** Secret of Vault's namespace whose key `token` holds a token of the other Vault. */
  readonly tokenSecretName: string;
  /** ConfigMap of Vault's namespace whose ca.crt signs the other Vault's certificate. @default - the authorities that all trust */
  readonly caConfigMap?: string;
}

/** Where Vault's pods find the token and the authority of the Vault that unseals them. */
export const SEAL_TOKEN_PATH = '/vault/seal';
const SEAL_CA_PATH = '/vault/seal-ca';

class Development extends Seal {
  override readonly autoUnseal = false;
  readonly hcl = '';

  allowFrom(): void {}
}

class Transit extends Seal {
  readonly hcl: string;
  override readonly attachment: Attachment;

  constructor(private readonly props: TransitSealProps) {
    super();
    check('a transit seal', props, {
      address: vaultAddressFault,
      keyName: transitKeyFault,
      mountPath: enginePathFault,
    });
    const { address, keyName, mountPath = 'transit', tokenSecretName, caConfigMap } = props;
    const authority = caConfigMap && { tls_ca_cert: `${SEAL_CA_PATH}/ca.crt` };
    this.hcl = hclBlock('seal', 'transit', { address, key_name: keyName, mount_path: mountPath, ...authority });
    const mounted: [path: string, volume: k8s.Volume][] = [
      [SEAL_TOKEN_PATH, { name: 'seal', secret: { secretName: tokenSecretName } }],
    ];
    if (caConfigMap) mounted.push([SEAL_CA_PATH, { name: 'seal-ca', configMap: { name: caConfigMap } }]);
    this.attachment = {
      volumes: mounted.map(([, volume]) => volume),
      mounts: mounted.map(([mountPath, { name }]) => ({ name, mountPath, readOnly: true })),
      env: [],
    };
  }

  allowFrom(peer: PodPeer): void {
    const { port } = new URL(this.props.address);
    allow(peer, serverAt('key-service', this.props.address), [{ port: Number(port) || 443 }]);
  }
}

class Cloud extends Seal {
  readonly hcl: string;

  constructor(override readonly key: CloudKey) {
    super();
    this.hcl = hclBlock('seal', key.type, key.parameters);
  }

  allowFrom(peer: PodPeer): void {
    this.key.allowFrom(peer);
  }
}
