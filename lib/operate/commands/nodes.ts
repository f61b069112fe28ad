import { type Command, Option } from 'commander';
import { Kubectl } from '../cluster/kubectl';
import { confirm } from '../confirm';
import { answerJson, say } from '../output';
import { refuse } from './misuse';
import { seconds } from './values';

const WHERE = 'docs/OPERATIONS.md, "When a node is lost"';

/** What is to be done when a machine is gone. */
export function addNodeCommands(program: Command): void {
  refuse(
    program.command('node-lost'),
    ({ options: { back, deleteVolumes } }) =>
      back &&
      deleteVolumes &&
      '--back lets pods run on a node again, where its files are: leave --delete-volumes out, or --back',
  )
    .description(
      'give up a node that is gone for good: what ran there starts elsewhere with its files, and what was on its own disks is named',
    )
    .argument('<node>', 'as kubectl get nodes names it; it has to be switched off')
    .option(
      '--delete-volumes',
      'delete claims whose files are gone with its disks, so that they begin anew, empty',
      false,
    )
    .option('--back', 'the node answers again: let pods run there', false)
    .addOption(new Option('--timeout <time>', 'time for each step').argParser(seconds).default(600, '10m'))
    .option('--yes', 'ask nothing')
    .option('--json', 'what became of each step, and the claims that are gone, as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sandboxctl node-lost worker-2\n  sandboxctl node-lost worker-2 --delete-volumes\n  sandboxctl node-lost worker-2 --back',
    )
    .action(async (name: string, { deleteVolumes, back, timeout, yes, json }) => {
      const { LostNode } = await import('../platform/lost-node');
      if (back) {
        const wasGivenUp = await LostNode.back(new Kubectl(), name);
        return json ? answerJson({ wasGivenUp }) : say(backText(name, wasGivenUp));
      }
      const node = await LostNode.of(new Kubectl(), name);
      const said = node.said(deleteVolumes);
      if (yes) process.stderr.write(`${said}\n`);
      else await confirm(said, name);
      const ended = await node.giveUp(deleteVolumes, { timeoutSec: timeout, json });
      if (json) answerJson(ended);
      else {
        if (ended.gone.length > 0) say(goneText(ended.gone, deleteVolumes));
        for (const line of ended.waiting) say(`until there is room: ${line}`);
      }
      if (ended.waiting.length > 0 || (ended.gone.length > 0 && !deleteVolumes)) process.exitCode = 1;
    });
}

const backText = (name: string, wasGivenUp: boolean): string =>
  wasGivenUp ? `pods run on ${name} again` : `${name} was not given up: nothing is changed`;

const goneText = (gone: readonly string[], areNew: boolean): string =>
  areNew
    ? `empty now: ${gone.join(', ')}. What comes back how: ${WHERE}`
    : `gone with its disks: ${gone.join(', ')}. The same with --delete-volumes begins them anew; what comes back how: ${WHERE}`;
