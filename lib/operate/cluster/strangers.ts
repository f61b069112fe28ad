import type { Kubectl, KubeObject } from './kubectl';
import { isOurs } from './labels';
import { nameOf } from './names';

/** What every namespace has, and what comes and goes by itself. */
const USUAL = ['ConfigMap/kube-root-ca.crt', 'ConfigMap/openshift-service-ca.crt', 'ServiceAccount/default'];
const PASSING = /^(events|pods\.metrics|endpoints|endpointslices|leases)/;
/** Logins that the Vault Secrets Operator keeps, and the key that it knows them by. */
const KEPT_BY_OPERATOR = /^vso-cc-/;
/** The operator's own Helm release; those of the platform begin with its prefix. */
const OPERATOR = 'vault-secrets-operator';

/** Objects in namespaces that are not the platform's and that nothing of it made, as `Kind namespace/name`. */
export async function strangersIn(
  kubectl: Kubectl,
  namespaces: readonly string[],
  prefix = 'agent-sandbox',
): Promise<string[]> {
  const kinds = (await kubectl.answer(['api-resources', '--verbs=list', '--namespaced', '--output', 'name']))
    .split('\n')
    .filter((kind) => kind && !PASSING.test(kind))
    .join(',');
  const listed = await Promise.all(namespaces.map((namespace) => kubectl.list(kinds, { namespace })));
  return listed
    .flat()
    .filter((object) => isStranger(object, prefix))
    .map(nameOf);
}

function isStranger(object: KubeObject, prefix: string): boolean {
  const { kind, metadata } = object;
  const release = releaseOf(metadata);
  return (
    !isOurs(object) &&
    !(metadata.ownerReferences?.length > 0) &&
    !USUAL.includes(`${kind}/${metadata.name}`) &&
    release !== OPERATOR &&
    !release.startsWith(`${prefix}-`) &&
    !KEPT_BY_OPERATOR.test(metadata.name)
  );
}

/** Name of the Helm release that an object is of, or is the record of. Hooks, which a killed run leaves, only carry labels. */
export const releaseOf = ({ name, annotations = {}, labels = {} }: KubeObject): string =>
  annotations['meta.helm.sh/release-name'] ??
  (annotations['helm.sh/hook'] && labels['app.kubernetes.io/instance']) ??
  /^sh\.helm\.release\.v1\.(.+)\.v\d+$/.exec(name)?.[1] ??
  '';
