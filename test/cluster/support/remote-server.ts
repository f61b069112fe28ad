import type { ChildProcess } from 'node:child_process';
import { eventually } from './eventually';
import type { Person } from './person';
import { run } from './run';
import { freePort } from './ssh';

/** What an editor sends over ssh: a server is found, or started on loopback, and says its port. */
const INSTALL = `set -e
cd ~/.vscode-server
if [ ! -s port ] || ! kill -0 "$(cat pid)" 2>/dev/null; then
  rm -f port
  nohup node -e '
    const server = require("http").createServer((request, answer) => answer.end("server " + process.pid));
    server.listen(0, "127.0.0.1", () => require("fs").writeFileSync("port", String(server.address().port)));
  ' >log 2>&1 </dev/null &
  echo $! >pid
  until [ -s port ]; do sleep 0.1; done
fi
echo "listeningOn==$(cat port)=="
exec sleep 600
`;

/** The way of VS Code Remote: a script over ssh that stays, a server on loopback there, and a SOCKS port to it. */
export class RemoteServer {
  private readonly ssh: ChildProcess;
  private said = '';

  private constructor(
    person: Person,
    environment: string,
    private readonly socks: number,
  ) {
    this.ssh = person.start('ssh', '-T', '-D', `127.0.0.1:${socks}`, environment, 'bash');
    this.ssh.stdout?.on('data', (data) => {
      this.said += data;
    });
    this.ssh.stdin?.end(INSTALL);
  }

  static async connect(person: Person, environment: string): Promise<RemoteServer> {
    return new RemoteServer(person, environment, await freePort());
  }

  /** What the server says of itself, over the forwarded connection. */
  answer(): Promise<string> {
    return eventually(async () => {
      const port = /listeningOn==(\d+)==/.exec(this.said)?.[1];
      if (!port) throw new Error(`no port: ${this.said}`);
      const proxy = ['--socks5-hostname', `127.0.0.1:${this.socks}`];
      const { code, stdout } = await run('curl', ['-sS', '--max-time', '5', ...proxy, `http://127.0.0.1:${port}/`]);
      if (code !== 0) throw new Error(`curl: ${code}`);
      return stdout;
    }, 30);
  }

  /** Breaks the connection off, as a network does. */
  drop(): void {
    this.ssh.kill('SIGKILL');
  }
}
