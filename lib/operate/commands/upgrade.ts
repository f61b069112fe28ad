import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { parse } from 'yaml';
import { answerJson, say } from '../output';
import { addUpOptions } from './platform';

/** Other versions and sizes, in the folder with platform.yaml, which is changed. */
export function addUpgradeCommand(program: Command): void {
  addUpOptions(
    program
      .command('upgrade')
      .description(
        'bring the platform to other versions and larger volumes step by step, and back again when a step fails',
      )
      .argument('[setting...]', 'KEY=VALUE for platform.yaml, which is carried out as it is without one', setting)
      .option('--dry-run', 'show the plan, and change nothing')
      .option('--yes', 'ask nothing'),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  sandboxctl upgrade images.vault=hashicorp/vault:1.21.4 --dry-run\n  sandboxctl upgrade environments.storage.workspace=20Gi\n  sandboxctl upgrade --yes',
    )
    .action(async (settings: Record<string, unknown>, { dryRun, yes, ...options }) => {
      const { Upgrade } = await import('../platform/upgrade/upgrade');
      const { planText } = await import('../platform/upgrade/plan-text');
      const upgrade = await Upgrade.of({ folder: resolve('.'), settings, ...options });
      if (!options.json) say(planText(upgrade.plan));
      else if (dryRun || upgrade.isDone) answerJson(upgrade.plan);
      if (dryRun || upgrade.isDone) return;
      if (!yes) await upgrade.confirm();
      const ends = await upgrade.run();
      if (options.json) answerJson(ends);
    });
}

function setting(text: string, before?: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const [, key, value] = /^([A-Za-z][^=]*)=(.*)$/s.exec(text) ?? [];
  if (key === undefined)
    throw new InvalidArgumentError(
      'give a key of platform.yaml and its value, such as images.vault=hashicorp/vault:1.21',
    );
  try {
    return { ...before, [key]: parse(value) };
  } catch {
    throw new InvalidArgumentError(`the value of ${key} is no YAML: put it in quotes`);
  }
}
