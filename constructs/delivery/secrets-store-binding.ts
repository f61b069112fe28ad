import { Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { check } from '../core/checked';
import { metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { podTemplate } from '../core/pod';
import { resources } from '../core/resources';
import { guidFault, keyVaultFault } from '../core/rules/clouds';
import { settingsOf } from '../core/settings';
import type { DeliveredSecret } from '../secrets/delivery';
import { NamespaceDelivery, type NamespaceDeliveryProps } from './namespace';

export interface SecretsStoreBindingProps extends NamespaceDeliveryProps {
  /** Name of the key vault. */
  readonly keyVault: string;
  /** Its tenant's id, a GUID. */
  readonly tenantId: string;
  /** Client id of the managed identity that may read its secrets, federated with the ServiceAccount `azure-secrets`. */
  readonly clientId: string;
  /**
   * Keys of each delivered Secret. Each is a secret of the key vault, named by path and key with dashes:
   * `devenv-credentials-github-token` for `github_token` of `devenv/credentials`.
   */
  readonly keys: readonly string[];
}

const API_VERSION = 'secrets-store.csi.x-k8s.io/v1';
const IDENTITY = 'azure-secrets';

/**
 * The Secrets Store CSI driver's way from an Azure key vault into one namespace. The driver copies into a Secret what a
 * pod mounts; a pod of its own does, so that environments start without the key vault and need no identity in Azure.
 *
 * @throws if Azure takes no such name for a key vault, or id for a tenant or client
 */
export class SecretsStoreBinding extends NamespaceDelivery {
  private readonly classes: string[] = [];
  private readonly customResources: Construct;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SecretsStoreBindingProps,
  ) {
    super(scope, id, IDENTITY, props);
    check('a key vault', props, { keyVault: keyVaultFault, tenantId: guidFault, clientId: guidFault });
    this.customResources = props.customResources ?? this;
  }

  protected bring(secret: DeliveredSecret): void {
    const { name, path, secretName, kind } = secret;
    if (kind !== 'static')
      throw new Error(`"${secretName}" cannot come from a key vault: only Vault makes what is asked for`);
    const { keyVault, tenantId, clientId, keys } = this.props;
    const objects = keys.map((key) => ({ key, objectName: `${path}-${key}`.replace(/[^A-Za-z0-9]+/g, '-') }));
    const array = objects.map(({ objectName }) => `  - |\n    objectName: ${objectName}\n    objectType: secret\n`);
    this.classes.push(name);
    this.resource(API_VERSION, 'SecretProviderClass', secret, {
      provider: 'azure',
      parameters: {
        clientID: clientId,
        keyvaultName: keyVault,
        tenantId,
        usePodIdentity: 'false',
        useVMManagedIdentity: 'false',
        objects: `array:\n${array.join('')}`,
      },
      secretObjects: [{ secretName, type: 'Opaque', data: objects }],
    });
  }

  /** Beside the classes that it mounts, and not before them: whoever applies it waits for it. One copies for all. */
  protected override open(): void {
    if (this.classes.length > 0) return;
    new k8s.KubeServiceAccount(this.customResources, `service-account-${this.namespace}`, {
      metadata: metadataOf(this, this.identity, IDENTITY, this.namespace, {
        'azure.workload.identity/client-id': this.props.clientId,
      }),
      automountServiceAccountToken: false,
    });
    new k8s.KubeDeployment(this.customResources, `deployment-${this.namespace}`, {
      metadata: metadataOf(this, this.identity, IDENTITY, this.namespace),
      spec: {
        replicas: 1,
        revisionHistoryLimit: 2,
        selector: { matchLabels: selectorOf(this.identity) },
        template: this.template(),
      },
    });
  }

  private template(): k8s.PodTemplateSpec {
    const volumes = () => this.classes.map((name) => ({ name, csi: volumeOf(name) }));
    const mounts = () =>
      this.classes.map((name) => ({ name, mountPath: `/mnt/secrets-store/${name}`, readOnly: true }));
    return podTemplate(this, {
      identity: this.identity,
      ids: { user: 65532, group: 65532 },
      containers: [
        {
          name: 'mounts',
          image: settingsOf(this).bootstrapImage,
          command: ['sleep', 'infinity'],
          resources: resources(['1m', '8Mi'], ['50m', '32Mi']),
          volumeMounts: Lazy.any({ produce: mounts }) as unknown as k8s.VolumeMount[],
        },
      ],
      spec: {
        serviceAccountName: IDENTITY,
        // Sleep is the first process, which heeds no signal that it does not handle.
        terminationGracePeriodSeconds: 1,
        volumes: Lazy.any({ produce: volumes }) as unknown as k8s.Volume[],
      },
    });
  }
}

const volumeOf = (secretProviderClass: string) => ({
  driver: 'secrets-store.csi.k8s.io',
  readOnly: true,
  volumeAttributes: { secretProviderClass },
});
