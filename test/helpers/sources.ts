import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { stringify } from 'yaml';

const [WORK, BRANCH] = ['sandbox', 'main'];
const AUTHOR = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgSign=false'];
const PACKED = /^(.+)-(\d+\.\d+\.\d+)\.tgz$/;

/** A git repository and one of Helm's with a single chart, which controllers fetch from this machine. */
export class Sources {
  private readonly root = mkdtempSync(join(tmpdir(), 'sources-'));

  private constructor(
    private readonly server: Server,
    /** File of a packed chart. */
    private readonly chart: string,
  ) {}

  /** Serves a folder's content as `dist/` of a repository. */
  static async of(folder: string, chart: string): Promise<Sources> {
    const server = createServer((request, response) => sources.answer(request, response));
    const sources = new Sources(server, chart);
    mkdirSync(sources.checkout);
    cpSync(folder, join(sources.checkout, 'dist'), { recursive: true });
    sources.inGit('init', '--quiet', `--initial-branch=${BRANCH}`);
    sources.commit();
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    return sources;
  }

  /** Where the repository is checked out, as a person has it. */
  get checkout(): string {
    return join(this.root, WORK);
  }

  get git(): string {
    return `${this.address}/${WORK}/.git`;
  }

  get charts(): string {
    return `${this.address}/charts`;
  }

  /** Pushes what was changed. */
  commit(): void {
    this.inGit('add', '--all');
    this.inGit(...AUTHOR, 'commit', '--quiet', '--message', 'change');
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
    rmSync(this.root, { recursive: true });
  }

  private get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private inGit = (...args: string[]): Buffer => execFileSync('git', ['-C', this.checkout, ...args]);

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', this.address);
    if (pathname.startsWith(`/${WORK}/`)) return void backend(request, response, this.root);
    const name = basename(pathname);
    if (name === 'index.yaml') response.end(indexOf(this.chart));
    else if (name === basename(this.chart)) response.end(readFileSync(this.chart));
    else response.writeHead(404).end();
  }
}

/** Has git's own program for servers answer, which speaks CGI. */
async function backend(request: IncomingMessage, response: ServerResponse, root: string): Promise<void> {
  const { headers, method, url = '' } = request;
  const [path, query = ''] = url.split('?');
  const env = {
    PATH: process.env.PATH,
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: path,
    QUERY_STRING: query,
    REQUEST_METHOD: method,
    CONTENT_TYPE: headers['content-type'],
    HTTP_CONTENT_ENCODING: headers['content-encoding'],
    GIT_PROTOCOL: headers['git-protocol'] as string | undefined,
  };
  const program = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  // It may answer before it has read all.
  program.stdin.on('error', () => {});
  request.pipe(program.stdin);
  const said = await buffer(program.stdout);
  const end = said.indexOf('\r\n\r\n');
  const lines = said.subarray(0, end).toString().split('\r\n');
  const { Status = '200', ...fields } = Object.fromEntries(lines.map((line) => line.split(': ')));
  response.writeHead(Number.parseInt(Status, 10), fields).end(said.subarray(end + 4));
}

/** What a Helm repository says of a chart. */
function indexOf(chart: string): string {
  const file = basename(chart);
  const [, name, version] = PACKED.exec(file) ?? [];
  const digest = createHash('sha256').update(readFileSync(chart)).digest('hex');
  return stringify({
    apiVersion: 'v1',
    entries: { [name]: [{ apiVersion: 'v2', name, version, urls: [file], digest }] },
  });
}
