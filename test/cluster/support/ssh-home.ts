import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { sectionsOf } from '../../docs/commands';
import { must, type Outcome, run } from './run';

/** What the person does on the other side. */
const COMMAND = 'id -un';

/**
 * ssh finds a person's settings by who runs it, not by HOME; here it is told. It reads a command as if it were typed, and
 * the programs that start it find it first.
 */
const sshOf = (program: string) => `#!/bin/sh
echo '${COMMAND}' | ${program} -F "$HOME/.ssh/config" "$@"
`;

/** The home of a person who types commands of docs/SSH.md, with a key. */
export class SshHome {
  private constructor(readonly path: string) {}

  static async make(): Promise<SshHome> {
    const path = mkdtempSync(join(tmpdir(), 'home-'));
    const [bin, folder] = [join(path, 'bin'), join(path, '.ssh')];
    mkdirSync(bin);
    mkdirSync(folder, { mode: 0o700 });
    const program = (await must('sh', ['-c', 'command -v ssh'])).trim();
    writeFileSync(join(bin, 'ssh'), sshOf(program));
    chmodSync(join(bin, 'ssh'), 0o755);
    // Whatever would be asked is refused.
    const settings = {
      UserKnownHostsFile: join(folder, 'known_hosts'),
      StrictHostKeyChecking: 'yes',
      BatchMode: 'yes',
    };
    const all = { ...settings, IdentityAgent: 'none', IdentitiesOnly: 'yes', LogLevel: 'ERROR' };
    writeFileSync(
      join(folder, 'config'),
      `${Object.entries(all)
        .map((line) => line.join(' '))
        .join('\n')}\n`,
    );
    await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'devenv')]);
    return new SshHome(path);
  }

  /**
   * Logs in three times by the lines of docs/SSH.md, with what stands there for places of one's own replaced by these: by
   * a certificate, by `vault ssh`, and by the settings for editors.
   */
  logInAsDocumented(places: Readonly<Record<string, string>>): Promise<Outcome> {
    const here = (text: string) =>
      Object.entries(places).reduce((made, [named, place]) => made.replaceAll(named, place), text);
    const { blocks = [] } = sectionsOf('docs/SSH.md').find(({ title }) => title === 'Log in') ?? {};
    const inShell = blocks.filter(({ language }) => language === 'sh').map(({ text }) => here(text));
    const [forEditors] = blocks.filter(({ language }) => language === '');
    appendFileSync(join(this.path, '.ssh/config'), here(forEditors.text).replaceAll('~', this.path));
    const [address, trust, certificate, inOneStep, token] = inShell;
    return this.run([address, trust, token, certificate, inOneStep, 'rm ~/.ssh/devenv-cert.pub', 'ssh devenv-0']);
  }

  /** Runs commands one after the other; the last that was left in the background ends with them. */
  private run(commands: readonly string[]): Promise<Outcome> {
    const env = { HOME: this.path, PATH: [join(this.path, 'bin'), process.env.PATH].join(delimiter) };
    const script = ["trap 'kill $!' EXIT", ...commands].join('\n');
    return run('sh', ['-e', '-c', script], { env });
  }
}
