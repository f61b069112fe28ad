import { Command } from 'commander';
import { addAccessCommands } from './commands/access';
import { addBackupCommands } from './commands/backup';
import { addClusterOptions } from './commands/cluster-options';
import { addEnvironmentCommands } from './commands/environments';
import { addImageCommands } from './commands/image';
import { refuseEmpty } from './commands/misuse';
import { addNodeCommands } from './commands/nodes';
import { addPlatformCommands } from './commands/platform';
import { addReachCommand } from './commands/reach';
import { addSecretCommands } from './commands/secrets';
import { addTroubleCommands } from './commands/trouble';
import { addUpgradeCommand } from './commands/upgrade';
import { addExamples } from './examples';
import { exitsText, MISUSE } from './exits';
import { VERSION } from './version';

/** Name of the command that shells are made to complete by. */
export const COMPLETION = 'completion';

/** The command line, as people and the reference know it. */
export function makeProgram(): Command {
  const program = new Command('sandboxctl')
    .description('Environments for people and AI agents on Kubernetes, from one file.')
    .version(VERSION, '--version', 'print the version')
    .enablePositionalOptions()
    // What is asked for (help) is no error; a command line that cannot be understood is one of its own.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : MISUSE))
    .showHelpAfterError('(sandboxctl --help lists the commands)')
    .addHelpText('after', `\n${exitsText()}\n\nExamples:\n  sandboxctl up\n  sandboxctl up --help`);
  program.commandsGroup('Enter environments:');
  addAccessCommands(program);
  const ofClients = [...program.commands];
  program.commandsGroup('Look after the platform:');
  addPlatformCommands(program);
  addReachCommand(program);
  addUpgradeCommand(program);
  addEnvironmentCommands(program);
  addSecretCommands(program);
  addBackupCommands(program);
  addNodeCommands(program);
  addImageCommands(program);
  program.commandsGroup('Find out what is wrong:');
  addTroubleCommands(program);
  for (const command of program.commands) if (!ofClients.includes(command)) addClusterOptions(command);
  refuseEmpty(program);
  program.commandsGroup('Besides:');
  addExamples(program);
  return program;
}

/** What help shows of completion; whoever asks for it gets the real one. */
export function addCompletionStub(program: Command): void {
  program
    .command(COMPLETION)
    .description('print what makes a shell complete these commands')
    .argument('<shell>', 'bash, zsh, fish or powershell');
  addExamples(program, COMPLETION);
}
