import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { find, nodeAddress } from './kubectl';
import { ROOT } from './platform';
import { must } from './run';

/** 0.1.0 as it was at first. */
const COMMIT = 'ecb86d3504b405819f49a54d11c6c7785adbf6f2';
/** Folder with it and its packages, where it is kept between runs. */
const KEPT = process.env.FIRST_VERSION;
/** Seconds that its packages may take. */
const PACKAGES_SEC = 600;

/** The program of the platform's first version, with packages of its own. */
export class FirstVersion {
  private constructor(
    readonly folder: string,
    /** Why it cannot be had here, if so. */
    readonly lacking?: string,
  ) {}

  /** At once, as tests are named by what is lacking. */
  static get(): FirstVersion {
    if (KEPT) return new FirstVersion(KEPT);
    const git = (...args: string[]) => execFileSync('git', ['-C', ROOT, ...args], { stdio: 'ignore' });
    const folder = join(mkdtempSync(join(tmpdir(), 'first-version-')), 'platform');
    try {
      git('worktree', 'add', '--detach', folder, COMMIT);
    } catch {
      return new FirstVersion(folder, `this repository has no commit ${COMMIT.slice(0, 7)}`);
    }
    try {
      const npm = ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
      execFileSync('npm', npm, { cwd: folder, stdio: 'ignore', timeout: PACKAGES_SEC * 1000 });
      return new FirstVersion(folder);
    } catch {
      const none = new FirstVersion(folder, 'the packages of the first version cannot be had');
      // What is skipped has nothing after it.
      none.remove();
      return none;
    }
  }

  /** Leaves nothing of it. */
  remove(): void {
    if (this.folder === KEPT) return;
    rmSync(join(this.folder, '..'), { recursive: true, force: true });
    if (existsSync(join(ROOT, '.git'))) execFileSync('git', ['-C', ROOT, 'worktree', 'prune'], { stdio: 'ignore' });
  }
}

/** A person in the realm of then, made by the administrator that it had. */
export async function makePersonOfThen(name: string, password: string, group: string, port: number): Promise<void> {
  const url = `https://${await nodeAddress()}:${port}`;
  const { data } = await find('secret', 'keycloak', 'keycloak-admin');
  const text = (key: string) => Buffer.from(data[key], 'base64').toString();
  const form = {
    grant_type: 'password',
    client_id: 'admin-cli',
    username: text('username'),
    password: text('password'),
  };
  const curl = (input: string, ...args: string[]) => must('curl', ['-fsSk', '-d', '@-', ...args], { input });
  const login = await curl(new URLSearchParams(form).toString(), `${url}/realms/master/protocol/openid-connect/token`);
  const person = {
    username: name,
    enabled: true,
    email: `${name}@example.com`,
    emailVerified: true,
    firstName: name,
    lastName: 'Test',
    groups: [`/${group}`],
    credentials: [{ type: 'password', value: password, temporary: false }],
  };
  const headers = [`Authorization: Bearer ${JSON.parse(login).access_token}`, 'Content-Type: application/json'];
  const flags = headers.flatMap((header) => ['-H', header]);
  await curl(JSON.stringify(person), ...flags, `${url}/admin/realms/agent-sandbox/users`);
}
