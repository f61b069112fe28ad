import { DataKubernetesResources } from '@cdktf/provider-kubernetes/lib/data-kubernetes-resources';
import type { Precondition } from 'cdktf';
import { type ManifestsChart, releaseName } from './manifests-chart';
import type { PlatformStack } from './platform-stack';

/** One of the operator's kinds, of every version of its chart; the release that has it has the others. */
const KIND = 'vaultauths.secrets.hashicorp.com';

const MEND =
  'A cluster has one: use it with secrets.operator.install: false and its namespace as namespaces.secretsOperator (docs/DELIVERY.md)';

/** What is read in the cluster. */
interface Seen {
  /** The operator's kinds, if they are there. */
  readonly made: DataKubernetesResources;
  /** Deployments of such operators, wherever they are. */
  readonly running: DataKubernetesResources;
  /** The namespace that is to be the operator's. */
  readonly home: DataKubernetesResources;
}

function seenBy(stack: PlatformStack): Seen {
  stack.useKubernetes();
  const { secretsOperator } = stack.config.namespaces;
  return {
    made: new DataKubernetesResources(stack, 'operator-kinds', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      fieldSelector: `metadata.name=${KIND}`,
    }),
    running: new DataKubernetesResources(stack, 'operators', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      labelSelector: 'app.kubernetes.io/name=vault-secrets-operator',
    }),
    home: new DataKubernetesResources(stack, 'operator-namespace', {
      apiVersion: 'v1',
      kind: 'Namespace',
      fieldSelector: `metadata.name=${secretsOperator}`,
    }),
  };
}

const annotation = (name: string): string => `try(one.metadata.annotations["meta.helm.sh/${name}"], "")`;

/** The Helm releases that have objects, as Terraform works them out: "/" where none has. */
const ownersOf = ({ fqn }: DataKubernetesResources): string =>
  `[for one in ${fqn}.objects : join("/", [${annotation('release-namespace')}, ${annotation('release-name')}])]`;

/**
 * What holds before the operator's kinds are released, read in the cluster: they are this platform's or nobody's, and
 * no other operator runs. Helm would take kinds over without a word, and remove them, with all objects of them.
 */
export function oneOperator(stack: PlatformStack, kinds: ManifestsChart, namespaces: ManifestsChart): Precondition[] {
  const { made, running, home } = seenBy(stack);
  const { secretsOperator } = stack.config.namespaces;
  const place = (chart: ManifestsChart) => `${stack.config.terraform.releaseNamespace}/${releaseName(stack, chart)}`;
  const own = place(kinds);
  const owners = ownersOf(made);
  // Beside kinds that no release has, one in a namespace of that name is of others too, and Helm would upgrade it,
  // unless the namespace is this platform's: kinds had no release in its first version.
  const isFirst = `contains(${ownersOf(home)}, "${place(namespaces)}")`;
  const isOthers = `one.metadata.namespace != "${secretsOperator}" || (contains(${owners}, "/") && !${isFirst})`;
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
