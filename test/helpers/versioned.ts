import { Kubectl, type KubeObject } from '../../lib/operate/cluster/kubectl';
import { type Part, Project } from '../../lib/operate/platform/project';

/** A workload that is as it has to be. */
export const workload = (name: string, image: string, kind = 'StatefulSet', instance = name): KubeObject => ({
  kind,
  metadata: { name, namespace: name, labels: { 'app.kubernetes.io/instance': instance }, generation: 1 },
  spec: { replicas: 1, template: { spec: { containers: [{ name: 'schema', image, command: ['/bin/sh'] }] } } },
  status: { observedGeneration: 1, updatedReplicas: 1, readyReplicas: 1 },
});

const NAMES = ['vault', 'keycloak', 'environments'];
/** Parts with a workload each, all of one version. */
export const partsWith = (version: number): Part[] =>
  NAMES.map((name, index) => ({
    name,
    files: [`dist/${index}0-${name}.k8s.yaml`],
    objects: [workload(name, `${name}:${version}`)],
    needsOperator: false,
  }));

/** Has a cluster be at version 1, and its program make version 2. */
export function standAtOne(): void {
  jest.spyOn(Project.prototype, 'stacks').mockReturnValue([]);
  jest.spyOn(Project.prototype, 'parts').mockReturnValue(partsWith(2));
  jest
    .spyOn(Kubectl.prototype, 'list')
    .mockImplementation(async (kinds) =>
      /deployments/.test(kinds) ? partsWith(1).flatMap(({ objects }) => objects) : [],
    );
  jest.spyOn(Kubectl.prototype, 'answer').mockResolvedValue('');
}
