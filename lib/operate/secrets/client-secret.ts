import { type ClientSecret, clientSecretsOf } from '../cluster/client-secrets';
import { hasten } from '../cluster/hasten';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { OURS } from '../cluster/labels';
import { Failure } from '../failure';
import { KubernetesStore } from './kubernetes-store';

/** The key that every part reads. */
const KEY = 'client-secret';

/**
 * Writes the secret of the client that another identity provider knows a platform by, wherever its parts read it.
 * @param objects of the platform
 * @param given is asked for it once there is a place for it
 * @throws Failure - where no part reads one, or a namespace is not there yet; nothing is written then
 */
export async function setClientSecret(
  kubectl: Kubectl,
  objects: readonly KubeObject[],
  given: () => Promise<string>,
): Promise<ClientSecret[]> {
  const secrets = clientSecretsOf(objects);
  if (secrets.length === 0)
    throw new Failure(
      'platform.yaml names no oidc.clientSecretName, or no part that logs people in with it: there is no place for a secret of yours. Those of Keycloak’s clients are made anew by sandboxctl secrets rotate',
    );
  await expectNamespaces(kubectl, secrets);
  const value = await given();
  for (const { namespace, name } of secrets)
    await new KubernetesStore(kubectl, namespace, name).write({ [KEY]: value });
  // Programs look for themselves, proxies at a file.
  await Promise.all(secrets.map(({ namespace }) => hasten(kubectl, namespace, '--selector', OURS)));
  return secrets;
}

async function expectNamespaces(kubectl: Kubectl, secrets: readonly ClientSecret[]): Promise<void> {
  const found = await Promise.all(secrets.map(({ namespace }) => kubectl.find('namespace', namespace)));
  const missing = secrets.filter((_, index) => !found[index]).map(({ namespace }) => namespace);
  if (missing.length > 0)
    throw new Failure(
      `not there yet: namespace ${missing.join(', namespace ')}. sandboxctl up namespaces makes what is missing; nothing is changed`,
    );
}
