import type { Kubectl } from '../cluster/kubectl';
import { COMPONENT, ENVIRONMENTS, OURS } from '../cluster/labels';
import { Failure } from '../failure';
import { KubernetesStore } from './kubernetes-store';
import type { SecretStore } from './store';
import { VaultStore } from './vault-store';

/** The store of the platform in a cluster: Vault where secrets come from there, else a Secret beside the environments. */
export async function storeOf(kubectl: Kubectl): Promise<SecretStore> {
  const [writer] = await kubectl.list('serviceaccounts', { selector: `${OURS},${COMPONENT}=secret-writer` });
  if (writer) return new VaultStore(kubectl, writer);
  const [set] = await kubectl.list('statefulsets', { selector: ENVIRONMENTS });
  if (!set) throw new Failure('there are no environments in this cluster: sandboxctl up makes them');
  return KubernetesStore.beside(kubectl, set.metadata.namespace);
}
