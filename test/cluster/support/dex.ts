import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { makeCertificate } from './backup';
import { eventually } from './eventually';
import { workFile } from './platform';
import { must, run } from './run';

const PORT = 17_072;
/** It takes no cheaper ones. */
const SALT = '$2b$10$abcdefghijklmnopqrstuu';

/** An identity provider that knows people by their mail addresses, and no groups, on this machine. */
export class Dex {
  static readonly CLIENT = 'platform';
  private process?: ChildProcess;
  private config?: object;
  private redirectUri?: string;
  private current = `${Math.random()}`;

  private constructor(
    readonly issuer: string,
    /** What signs its certificate, in PEM. */
    readonly authority: string,
  ) {}

  /** @param address one of this machine's that pods reach */
  static async at(address: string): Promise<Dex> {
    return new Dex(`https://${address}:${PORT}/dex`, await makeCertificate('dex', `IP:${address}`));
  }

  /** The client's. */
  get secret(): string {
    return this.current;
  }

  /** Lets people in, who have one password, and a client that logins return to. */
  async start(emails: readonly string[], password: string, redirectUri: string): Promise<void> {
    const hash = await must('perl', ['-e', 'chomp(my $p = <STDIN>); print crypt($p, $ARGV[0])', SALT], {
      input: `${password}\n`,
    });
    const { host } = new URL(this.issuer);
    this.redirectUri = redirectUri;
    this.config = {
      issuer: this.issuer,
      storage: { type: 'memory' },
      web: { https: host, tlsCert: workFile('dex.crt'), tlsKey: workFile('dex.key') },
      oauth2: { skipApprovalScreen: true },
      enablePasswordDB: true,
      staticPasswords: emails.map((email, index) => ({
        email,
        hash,
        username: email.split('@')[0],
        userID: `${index + 1}`,
      })),
    };
    await this.serve();
  }

  /** Its client has another secret from now on, and that one alone. */
  async changeSecret(): Promise<void> {
    if (!this.process) throw new Error('it has not been started');
    const ended = once(this.process, 'exit');
    this.stop();
    await ended;
    this.current = `${Math.random()}`;
    await this.serve();
  }

  private async serve(): Promise<void> {
    const client = { id: Dex.CLIENT, name: 'platform', secret: this.current, redirectURIs: [this.redirectUri] };
    writeFileSync(workFile('dex.yaml'), stringify({ ...this.config, staticClients: [client] }));
    this.process = spawn('dex', ['serve', workFile('dex.yaml')], { stdio: 'ignore' });
    const discovery = `${this.issuer}/.well-known/openid-configuration`;
    await eventually(async () => {
      const { code } = await run('curl', ['-fsS', '--cacert', workFile('dex.crt'), discovery]);
      if (code !== 0) throw new Error(`dex does not answer at ${discovery}`);
    }, 20);
  }

  stop(): void {
    this.process?.kill();
  }
}
