import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { COMPONENT, ENVIRONMENTS, OURS } from '../cluster/labels';
import { Failure } from '../failure';
import { KubernetesStore } from './kubernetes-store';
import { managerOf } from './managers';
import type { SecretStore } from './store';
import { VaultStore } from './vault-store';

/** Names the environment whose alone something is. */
const OWNER = 'agent-sandbox.dev/environment';

/** The Secret that all environments have. */
const DELIVERED = 'devenv-vault-secrets';

/** Whether an object is for a user's environment, or without a user for all. */
const isFor =
  (user: string | undefined) =>
  ({ metadata }: KubeObject): boolean => {
    const owner = metadata.annotations?.[OWNER];
    return user === undefined ? owner === undefined : owner === user || owner === `devenv-${user}`;
  };

/** Names of the Secret that environments have it in. */
const deliveredTo = (user: string | undefined): string[] =>
  user === undefined ? [DELIVERED] : [`${user}-vault-secrets`, `devenv-${user}-vault-secrets`];

/**
 * The store of the platform in a cluster: Vault or the manager that secrets come from, else a Secret beside the
 * environments.
 *
 * @param user whose environment's own it is to be; that of all without one
 */
export async function storeOf(kubectl: Kubectl, user?: string): Promise<SecretStore> {
  const writers = await kubectl.list('serviceaccounts', { selector: `${OURS},${COMPONENT}=secret-writer` });
  const writer = writers.find(isFor(user));
  if (writer) return new VaultStore(kubectl, writer);
  const [set] = await kubectl.list('statefulsets', { selector: ENVIRONMENTS });
  if (!set) throw new Failure('there are no environments in this cluster: sandboxctl up makes them');
  const { namespace } = set.metadata;
  const store =
    (await managerOf(kubectl, namespace, deliveredTo(user))) ??
    (await KubernetesStore.beside(kubectl, namespace, isFor(user)));
  if (store) return store;
  if (user === undefined) return KubernetesStore.always(kubectl, namespace);
  throw new Failure(
    `${user} has no secret alone that is written from here: platform.yaml gives one by environments.users.${user}.secrets, and sandboxctl up makes it`,
  );
}
