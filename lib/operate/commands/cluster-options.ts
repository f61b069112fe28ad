import { resolve } from 'node:path';
import { type Command, Option } from 'commander';

/** Those that run programs of this machine alone, read files of it alone, or touch backups alone, wherever these are of. */
const LOCAL = ['image', 'access', 'forget'];

/** Lets people say which cluster a command, or each of its own, acts on; who says nothing means that of the settings. */
export function addClusterOptions(command: Command): void {
  if (LOCAL.includes(command.name())) return;
  if (command.commands.length > 0) {
    for (const own of command.commands) addClusterOptions(own);
    return;
  }
  command
    .addOption(
      new Option('--context <name>', 'cluster, by its context (default: terraform.kubeContext, or the current one)'),
    )
    .addOption(new Option('--kubeconfig <file>', 'file with that context (default: those of KUBECONFIG)'))
    .hook('preAction', async (_, chosen) => {
      const { chooseCluster } = await import('../cluster/which');
      await chooseCluster(chosen.opts(), resolve('.'));
    });
}
