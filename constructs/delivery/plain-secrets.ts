import type { Construct } from 'constructs';
import { metadataOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { type DeliveredSecret, OWNER_ANNOTATION } from '../secrets/delivery';
import { NamespaceDelivery, type NamespaceDeliveryProps } from './namespace';

/**
 * Secrets that people write into the namespace themselves. A grant makes the Secret, empty: whoever fills it keeps the
 * values, and it goes with the grant.
 */
export class PlainSecrets extends NamespaceDelivery {
  constructor(scope: Construct, id: string, props: NamespaceDeliveryProps) {
    super(scope, id, 'plain-secrets', props);
  }

  protected bring({ name, secretName, templates = {}, owner }: DeliveredSecret): void {
    const keys = Object.keys(templates).join(' ');
    new k8s.KubeSecret(this, name, {
      // Without data, so that an apply leaves alone what stands there.
      metadata: metadataOf(this, this.identityOf(owner), secretName, this.namespace, {
        ...(keys && { 'agent-sandbox.dev/keys': keys }),
        ...(owner && { [OWNER_ANNOTATION]: owner }),
      }),
    });
  }
}
