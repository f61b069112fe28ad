import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ListrTask } from 'listr2';
import { expectContext } from '../cluster/which';
import { Failure } from '../failure';
import { answer, run } from '../run';

/** Makes a kind cluster, unless there is one of that name, and makes kubectl and Terraform use it. */
export const clusterTask = (name: string, folder: string): ListrTask => ({
  title: `kind cluster ${name}`,
  task: async (_, task) => {
    expectContext(`kind-${name}`, `--kind ${name}`);
    const known = (await answer('kind', ['get', 'clusters'])).split('\n').map((line) => line.trim());
    const config = join(folder, 'examples/kind/cluster.yaml');
    if (known.includes(name)) task.title = `kind cluster ${name}: it is there`;
    // It maps the node ports that people come in by.
    else
      await answer('kind', ['create', 'cluster', '--name', name, ...(existsSync(config) ? ['--config', config] : [])]);
    // kind writes it last.
    const { exitCode } = await run('kubectl', ['config', 'use-context', `kind-${name}`]);
    if (exitCode !== 0)
      throw new Failure(
        `kind cluster ${name} is not in KUBECONFIG: where it works, kind export kubeconfig --name ${name}; where somebody ended what made it, kind delete cluster --name ${name}; then run the same again`,
      );
  },
});
