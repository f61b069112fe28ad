import { metadataOf } from '../core/identity';
import { k8s } from '../core/k8s';
import type { PodPeer } from '../network/peer';
import { allowIdentity, around, type CloudIdentity } from '../services/cloud-identity';

/**
 * Makes the ServiceAccount by which a cloud knows environments, which mount no token of it.
 *
 * @returns its name; undefined without annotations, where environments are nobody's
 */
export function makeCloudAccount(peer: PodPeer, identity: CloudIdentity): string | undefined {
  const { serviceAccountAnnotations: annotations = {} } = identity;
  if (Object.keys(annotations).length === 0) return undefined;
  const { scope, namespace } = peer;
  const name = peer.identity.instance;
  new k8s.KubeServiceAccount(scope, 'service-account', {
    metadata: metadataOf(scope, peer.identity, name, namespace, { ...annotations }),
    automountServiceAccountToken: false,
  });
  allowIdentity(peer, around(identity).servers);
  return name;
}
