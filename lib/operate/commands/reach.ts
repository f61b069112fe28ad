import type { Command } from 'commander';
import { answerJson, say } from '../output';
import { refuse } from './misuse';

/** What those use who want to know who reaches what, in the folder with platform.yaml. */
export function addReachCommand(program: Command): void {
  refuse(
    program.command('access'),
    ({ options: { json, markdown } }) => json && markdown && 'as JSON or as a page? Give --json or --markdown',
  )
    .description(
      'show who reaches which environment, secret and host, and by which line of platform.yaml; asks no cluster',
    )
    .argument('[name]', 'of a person, group, agent, signer or environment; everything, if none')
    .option('--json', 'as JSON')
    .option('--markdown', 'as a page, to keep beside platform.yaml and review')
    .addHelpText(
      'after',
      '\nExamples:\n  sandboxctl access\n  sandboxctl access alice\n  sandboxctl access --markdown | tee REACH.md',
    )
    .action(async (name: string | undefined, { json, markdown }) => {
      const { reach, textOf } = await import('../platform/reach');
      const rows = reach(process.cwd(), name);
      if (json) answerJson(rows);
      else if (markdown) say((await import('../../relations/page')).pageOf(rows).trimEnd());
      else for (const line of textOf(rows, process.stdout.isTTY ? process.stdout.columns : undefined)) say(line);
    });
}
