import type { Command } from 'commander';

/** Examples of commands that say nothing else after their help, each with the group that it is of. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  logout: ['logout'],
  environments: ['environments', 'environments --json'],
  'ssh-config': ['ssh-config && ssh devenv-alice'],
  sessions: ['sessions', 'sessions --all --ended'],
  scale: ['scale 3', 'scale 0'],
  start: ['start alice bob'],
  stop: ['stop alice'],
  secrets: ['secrets set github_token', 'secrets get'],
  'secrets get': ['secrets get github_token', 'secrets get --user alice github_token'],
  'secrets import': ['secrets import', 'secrets import ../before/.env'],
  image: ['image build --flavour agents', 'image push --image registry.example.com/devenv:1.0'],
  doctor: ['doctor', 'doctor --json'],
  completion: ['completion bash'],
};

/** How shells are made to complete by what `completion` prints. */
const SWITCH_ON = `Switch it on, for every shell that is started from then on:
  bash  echo 'source <(sandboxctl completion bash)' >>~/.bashrc
  zsh   echo 'source <(sandboxctl completion zsh)' >>~/.zshrc    # after compinit
  fish  sandboxctl completion fish >~/.config/fish/completions/sandboxctl.fish
Parts, users and environments are those of the folder that you are in.`;

/** Has help end with examples. @param only command that they are for. @default - all that are there */
export function addExamples(program: Command, only?: string): void {
  for (const [path, lines] of Object.entries(EXAMPLES)) {
    if (only !== undefined && path !== only) continue;
    const command = path
      .split(' ')
      .reduce<Command | undefined>((group, name) => group?.commands.find((one) => one.name() === name), program);
    const title = lines.length === 1 ? 'Example' : 'Examples';
    const before = path === 'completion' ? `${SWITCH_ON}\n\n` : '';
    command?.addHelpText('after', `\n${before}${title}:\n${lines.map((line) => `  sandboxctl ${line}`).join('\n')}`);
  }
}
