import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { COMPONENT, ENVIRONMENTS, OURS } from '../cluster/labels';
import { Failure } from '../failure';
import { KubernetesStore } from './kubernetes-store';
import type { SecretStore } from './store';
import { VaultStore } from './vault-store';

/** Names the environment whose alone something is. */
const OWNER = 'agent-sandbox.dev/environment';

/** Whether an object is for a user's environment, or without a user for all. */
const isFor =
  (user: string | undefined) =>
  ({ metadata }: KubeObject): boolean => {
    const owner = metadata.annotations?.[OWNER];
    return user === undefined ? owner === undefined : owner === user || owner === `devenv-${user}`;
  };

/**
 * The store of the platform in a cluster: Vault where secrets come from there, else a Secret beside the environments.
 *
 * @param user whose environment's own it is to be; that of all without one
 */
export async function storeOf(kubectl: Kubectl, user?: string): Promise<SecretStore> {
  const writers = await kubectl.list('serviceaccounts', { selector: `${OURS},${COMPONENT}=secret-writer` });
  const writer = writers.find(isFor(user));
  if (writer) return new VaultStore(kubectl, writer);
  const [set] = await kubectl.list('statefulsets', { selector: ENVIRONMENTS });
  if (!set) throw new Failure('there are no environments in this cluster: sandboxctl up makes them');
  const store = await KubernetesStore.beside(kubectl, set.metadata.namespace, isFor(user));
  if (store) return store;
  if (user === undefined) return KubernetesStore.always(kubectl, set.metadata.namespace);
  throw new Failure(
    `${user} has no secret alone that is written from here: platform.yaml gives one by environments.users.${user}.secrets, and sandboxctl up makes it; AWS Secrets Manager and Azure Key Vault are written by their own tools`,
  );
}
