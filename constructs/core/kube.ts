import { type ApiObject, JsonPatch } from 'cdk8s';
import * as generated from 'cdk8s-plus-28/lib/imports/k8s';

export * from 'cdk8s-plus-28/lib/imports/k8s';

// biome-ignore lint/suspicious/noExplicitAny: a mixin's constructor has to take any arguments.
type Kind = new (...args: any[]) => ApiObject;

/**
 * A generated class whose patches meet the object as Kubernetes takes it. The class itself patches its props, so a patch
 * would have to speak of `clusterIp` and `{ value: '2' }`, and of no field that came after Kubernetes 1.28.
 */
function patchable<T extends Kind>(Kube: T): T {
  return class extends Kube {
    private readonly operations: JsonPatch[] = [];

    override addJsonPatch(...operations: JsonPatch[]): void {
      this.operations.push(...operations);
    }

    override toJson() {
      return JsonPatch.apply(super.toJson(), ...this.operations);
    }
  };
}

/**
 * Claim templates say what they are, as the API server has it whether that is written or not: tools that compare both,
 * such as Argo CD, would see a difference for ever.
 */
function withKindsOfClaims<T extends Kind>(Kube: T): T {
  return class extends Kube {
    override toJson() {
      const { spec, ...object } = super.toJson();
      const volumeClaimTemplates = spec.volumeClaimTemplates?.map((claim: object) => ({
        ...generated.KubePersistentVolumeClaim.GVK,
        ...claim,
      }));
      return { ...object, spec: { ...spec, ...(volumeClaimTemplates && { volumeClaimTemplates }) } };
    }
  };
}

// Instead of those that the star above would export.
export const KubeClusterRoleBinding = patchable(generated.KubeClusterRoleBinding);
export const KubeConfigMap = patchable(generated.KubeConfigMap);
export const KubeCronJob = patchable(generated.KubeCronJob);
export const KubeDeployment = patchable(generated.KubeDeployment);
export const KubeIngress = patchable(generated.KubeIngress);
export const KubeJob = patchable(generated.KubeJob);
export const KubeNamespace = patchable(generated.KubeNamespace);
export const KubeNetworkPolicy = patchable(generated.KubeNetworkPolicy);
export const KubePersistentVolumeClaim = patchable(generated.KubePersistentVolumeClaim);
export const KubePodDisruptionBudget = patchable(generated.KubePodDisruptionBudget);
export const KubeRole = patchable(generated.KubeRole);
export const KubeRoleBinding = patchable(generated.KubeRoleBinding);
export const KubeSecret = patchable(generated.KubeSecret);
export const KubeService = patchable(generated.KubeService);
export const KubeServiceAccount = patchable(generated.KubeServiceAccount);
export const KubeStatefulSet = patchable(withKindsOfClaims(generated.KubeStatefulSet));
