import { Failure } from '../failure';
import type { Kubectl, KubeObject } from './kubectl';
import { isEnvironment, labelOf, OURS } from './labels';

/** Pods that a name means: an environment, its user, a pod, or a part such as `vault` or `boundary-controller`. */
export async function podsOf(kubectl: Kubectl, name: string): Promise<KubeObject[]> {
  const pods = await kubectl.list('pods', { selector: OURS });
  const by = [
    ({ metadata }: KubeObject) => metadata.name === name,
    (pod: KubeObject) => labelOf(pod, 'instance') === name,
    (pod: KubeObject) => labelOf(pod, 'instance') === `devenv-${name}`,
    ({ metadata }: KubeObject) => metadata.namespace === name,
  ];
  const found = by.map((isMeant) => pods.filter(isMeant)).find((some) => some.length > 0);
  if (found) return found;
  const names = [...new Set(pods.map((pod) => labelOf(pod, 'instance')))].sort();
  throw new Failure(`nothing of the platform is called "${name}"; there are ${names.join(', ') || 'no pods at all'}`);
}

/** The environment that a name means. */
export async function environmentOf(kubectl: Kubectl, name: string): Promise<KubeObject> {
  const environments = (await podsOf(kubectl, name)).filter((pod) => isEnvironment(pod, 'Pod'));
  if (environments.length === 1) return environments[0];
  const names = environments.map(({ metadata }) => metadata.name);
  throw new Failure(
    names.length === 0
      ? `"${name}" is no environment that runs`
      : `"${name}" means ${names.join(', ')}: name one of them`,
  );
}

/** The Service that a name means, and its first port. */
export async function serviceOf(kubectl: Kubectl, name: string): Promise<KubeObject> {
  const services = await kubectl.list('services', { selector: OURS });
  const isCluster = ({ spec }: KubeObject) => spec.clusterIP !== 'None';
  const [found] = [name, `devenv-${name}`]
    .flatMap((wanted) => services.filter(({ metadata }) => metadata.name === wanted))
    .sort((a, b) => Number(isCluster(b)) - Number(isCluster(a)));
  if (found) return found;
  const names = services
    .filter(isCluster)
    .map(({ metadata }) => metadata.name)
    .sort();
  throw new Failure(`there is no Service "${name}" of the platform's; there are ${names.join(', ') || 'none'}`);
}
