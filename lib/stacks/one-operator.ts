import { DataKubernetesResources } from '@cdktf/provider-kubernetes/lib/data-kubernetes-resources';
import type { Precondition } from 'cdktf';
import { type ManifestsChart, releaseName } from './manifests-chart';
import type { PlatformStack } from './platform-stack';

/** One of the operator's kinds, of every version of its chart; the release that has it has the others. */
const KIND = 'vaultauths.secrets.hashicorp.com';

const MEND =
  'A cluster has one: use it with secrets.operator.install: false and its namespace as namespaces.secretsOperator (docs/DELIVERY.md)';

/**
 * What holds before the operator's kinds are released, read in the cluster: they are this platform's or nobody's, and
 * no other operator runs. Helm would take kinds over without a word, and remove them, with all objects of them.
 */
export function oneOperator(stack: PlatformStack, kinds: ManifestsChart): Precondition[] {
  stack.useKubernetes();
  const { terraform, namespaces } = stack.config;
  const made = new DataKubernetesResources(stack, 'operator-kinds', {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    fieldSelector: `metadata.name=${KIND}`,
  });
  const running = new DataKubernetesResources(stack, 'operators', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    labelSelector: 'app.kubernetes.io/name=vault-secrets-operator',
  });
  const own = `${terraform.releaseNamespace}/${releaseName(stack, kinds)}`;
  const annotation = (name: string) => `try(one.metadata.annotations["meta.helm.sh/${name}"], "")`;
  const owners = `[for one in ${made.fqn}.objects : join("/", [${annotation('release-namespace')}, ${annotation('release-name')}])]`;
  // Beside kinds that no release has, one in the platform's own namespace is of others too: Helm would upgrade it.
  const isOthers = `one.metadata.namespace != "${namespaces.secretsOperator}" || contains(${owners}, "/")`;
  const others = `[for one in ${running.fqn}.objects : one.metadata.namespace if ${isOthers}]`;
  return [
    {
      condition: `\${alltrue([for owner in ${owners} : contains(["/", "${own}"], owner)])}`,
      errorMessage: `The kinds of the Vault Secrets Operator belong to the Helm release \${join(", ", ${owners})}, which is not this platform's ${own}. ${MEND}.`,
    },
    {
      // Where the kinds are this platform's, so is an operator that moves.
      condition: `\${length(${others}) == 0 || contains(${owners}, "${own}")}`,
      errorMessage: `A Vault Secrets Operator runs in \${join(", ", ${others})} that this platform did not install. ${MEND}.`,
    },
  ];
}
