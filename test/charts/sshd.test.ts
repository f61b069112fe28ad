import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { find } from '../helpers/objects';
import { describeWith, missing } from '../helpers/programs';
import { synth } from '../helpers/synth';

const answers = (command: string, ...args: string[]) => {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    return '';
  }
};
/** Two users of the machine that root may become, as the scripts have no identity of their own for them here. */
const canChangeUser = process.getuid?.() === 0 && answers('setpriv', '--version') !== '';
const uidOf = (user: string) => Number(answers('id', '-u', user));

interface Run {
  /** The whole configuration that sshd got. */
  readonly config: string;
  readonly key: { readonly text: string; readonly mode: number; readonly uid: number };
  /** What the pod's status says of the key. */
  readonly said: string;
  readonly errors: string;
}

/** A volume on which the scripts of an environment run, one pod after the other. */
class Volume {
  private readonly root = mkdtempSync(join(tmpdir(), 'environment-'));
  readonly key = join(this.root, 'workspace/.ssh-host/ssh_host_ed25519_key');

  private errors = '';

  constructor() {
    chmodSync(this.root, 0o755);
    mkdirSync(join(this.root, 'workspace'));
    // As fsGroup leaves it.
    chmodSync(join(this.root, 'workspace'), 0o2775);
  }

  /** Has the image's sshd be another program. */
  install(sshd: string): void {
    writeFileSync(join(this.root, 'sshd'), `#!/bin/sh\n${sshd}\n`, { mode: 0o755 });
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }

  /** Prepares and starts an environment up to sshd, in whose place a stand-in ends at once. */
  async start(
    env: Readonly<Record<string, string>> = {},
    uid?: number,
    put: Readonly<Record<string, string>> = {},
  ): Promise<Run> {
    const { objects } = synth(`environments: {env: ${JSON.stringify(env)}}`);
    const { data } = find(objects, 'ConfigMap', 'devenv-sshd');
    const [container] = find(objects, 'StatefulSet', 'devenv').spec.template.spec.containers;
    const variables = container.env.flatMap((e: any) => (e.value === undefined ? [] : [[e.name, expanded(e.value)]]));
    const run = join(this.root, 'run');
    for (const ofThePod of [run, join(this.root, 'identity')]) {
      rmSync(ofThePod, { recursive: true, force: true });
      mkdirSync(ofThePod);
      chmodSync(ofThePod, 0o2777);
    }
    mkdirSync(join(this.root, 'config'), { recursive: true });
    writeFileSync(join(this.root, 'config/sshd_config'), data.sshd_config);
    this.errors = '';
    for (const script of ['prepare', 'host-key', 'start']) {
      this.errors += await this.sh(
        data[script],
        { ...Object.fromEntries(variables), ...put, HOSTNAME: 'devenv-0', HOME: run },
        uid,
      );
    }
    const key = join(run, 'ssh_host_ed25519_key');
    const { mode, uid: owner } = statSync(key);
    return {
      config: readFileSync(join(run, 'sshd_config'), 'utf8'),
      key: { text: readFileSync(key, 'utf8'), mode: mode & 0o777, uid: owner },
      said: readFileSync(join(run, 'said'), 'utf8'),
      errors: this.errors,
    };
  }

  private async sh(script: string, env: Record<string, string>, uid?: number): Promise<string> {
    const here = script
      .replace(/\/run\/devenv/g, `${this.root}/run`)
      .replace(/\/etc\/devenv/g, this.root)
      .replace(/\/workspace/g, `${this.root}/workspace`)
      .replace('/dev/termination-log', `${this.root}/run/said`)
      .replace('exec /usr/sbin/sshd', 'exec true')
      .replace('/usr/sbin/sshd', `${this.root}/sshd`);
    const become = uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, '--regid=0', '--clear-groups'];
    const output = join(this.root, 'errors');
    const [command, ...args] = [...become, 'sh', '-c', `exec 2> "$0"\n${here}`, output];
    rmSync(output, { force: true });
    writeFileSync(output, '', { mode: 0o666 });
    chmodSync(output, 0o666);
    const child = spawn(command, args, {
      detached: true,
      stdio: 'ignore',
      env: { PATH: process.env.PATH ?? '', ...env },
    });
    const code = await new Promise((resolve) => child.on('exit', resolve));
    // What runs beside sshd runs on.
    if (child.pid) answers('kill', '--', `-${child.pid}`);
    const errors = readFileSync(output, 'utf8');
    if (code !== 0) throw new Error(`status ${code}: ${errors}`);
    return errors;
  }
}

/** A value as the kubelet hands it on: `$(NAME)` of a variable that is set, `$$` for a dollar. */
const expanded = (value: string) =>
  value.replace(/\$\$|\$\((\w+)\)/g, (all, name) => (all === '$$' ? '$' : name === 'HOME' ? '/home/node' : all));

/** The words of a line, as sshd splits it: quotes of both kinds, and a backslash before a quote or a backslash. */
function words(line: string): string[] {
  const found: string[] = [];
  for (let i = 0; i < line.length; i++) {
    if (/[ \t]/.test(line[i])) continue;
    if (line[i] === '#') break;
    let word = '';
    let quote = '';
    for (; i < line.length && (quote || !/[ \t]/.test(line[i])); i++) {
      const next = line[i + 1];
      if (line[i] === '\\' && (/['"\\]/.test(next) || (!quote && next === ' '))) word += line[++i];
      else if (!quote && /['"]/.test(line[i])) quote = line[i];
      else if (quote === line[i]) quote = '';
      else word += line[i];
    }
    if (quote) throw new Error(`no end of ${quote} in ${line}`);
    found.push(word);
  }
  return found;
}

const publicHalf = ({ key }: Volume) => readFileSync(`${key}.pub`, 'utf8');

const volumes: Volume[] = [];
const newVolume = () => {
  const volume = new Volume();
  volumes.push(volume);
  return volume;
};
afterAll(() => {
  for (const volume of volumes) volume.remove();
});

const VALUES = {
  EMPTY: '',
  SPACES: '  two  words  ',
  QUOTES: `"double" 'single' \`back\``,
  COMMENT: '#none # at all',
  BACKSLASHES: String.raw`C:\dir\ \\ \" \n ends\ `.trim(),
  LAST: 'ends with \\',
  DOLLARS: '$HOME $(HOME) $$(HOME) $$ $(id) $',
  SHELL_WORDS: '; rm -rf / & | > x * ? ~ %s !',
  TABBED: 'a\tb',
  UNICODE: 'grüße 🙂',
  ASSIGNMENT: 'A=b "C=d"',
  PASSPHRASES: 'pa$$word $(HOSTNAME)',
  // Names that a script would give to variables of its own.
  ...{ name: 'one', value: 'two', file: 'three', kind: 'four', terminal: 'five', certificate: 'six', i: 'seven' },
} as const;

describeWith(['ssh-keygen'], 'the scripts of an environment', () => {
  test('hand every variable on as it is written', async () => {
    const { config } = await newVolume().start(VALUES);
    const lines = config.split('\n').filter((line) => line.startsWith('SetEnv'));
    // sshd heeds only the first.
    expect(lines).toHaveLength(1);
    const [keyword, ...assignments] = words(lines[0]);
    expect(keyword).toBe('SetEnv');
    const read = Object.fromEntries(assignments.map((a) => [a.slice(0, a.indexOf('=')), a.slice(a.indexOf('=') + 1)]));
    expect(read).toMatchObject(VALUES);
    expect(Object.keys(read)).toHaveLength(Object.keys(VALUES).length + 3);
  });

  test('hand on what the cluster put in, and nothing for what it did not', async () => {
    const put = {
      AWS_ROLE_ARN: 'arn:aws:iam::1:role/dev',
      DEVENV_VARIABLES: 'AWS_ROLE_ARN AWS_REGION EMPTY',
      EMPTY: '',
    };
    const { config, errors } = await newVolume().start({}, undefined, put);
    const [line] = config.split('\n').filter((one) => one.startsWith('SetEnv'));
    expect([words(line), errors]).toEqual([['SetEnv', 'AWS_ROLE_ARN=arn:aws:iam::1:role/dev', 'EMPTY='], '']);
  });

  // SECURITY.md: "an environment's SSH host key | Where it stands:"
  // SECURITY.md: "an environment's SSH host key | Who reads it: the environment"
  test('keep the host key for the next pod, and give sshd a copy that is its own', async () => {
    const volume = newVolume();
    const [first, second] = [await volume.start(), await volume.start()];
    expect(second.key).toEqual(first.key);
    expect(first.key).toMatchObject({ mode: 0o600, text: readFileSync(volume.key, 'utf8') });
    expect(statSync(volume.key).mode & 0o777).toBe(0o660);
    expect(first.errors).toBe('');
    expect([first.said, second.said]).toEqual([publicHalf(volume), publicHalf(volume)]);
    expect((await newVolume().start()).key.text).not.toBe(first.key.text);
  });

  test('a key that was cut off is made anew', async () => {
    const volume = newVolume();
    await volume.start();
    writeFileSync(volume.key, '');
    expect((await volume.start()).key.text).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----/);
  });
});

describeWith(['ssh-keygen'], 'failed logins, which all come by one address', () => {
  test.each([
    ['that counts them by address', 'case "$*" in *"-o PerSourcePenalties=no"*) exit 0;; esac; exit 1', true],
    ['that does not know them', 'echo "Bad configuration option: PerSourcePenalties" >&2; exit 255', false],
  ])('hold up nobody else, with an sshd %s', async (_title, sshd, told) => {
    const volume = newVolume();
    volume.install(sshd);
    const { config, errors } = await volume.start();
    expect(/^PerSourcePenalties no$/m.test(config)).toBe(told);
    expect(errors).toBe('');
  });
});

(missing('ssh-keygen') === '' && canChangeUser ? describe : describe.skip)(
  `an environment that runs as another user than before${canChangeUser ? missing('ssh-keygen') : ' (skipped: needs root and setpriv)'}`,
  () => {
    const [before, after] = [uidOf('daemon'), uidOf('nobody')];

    test('has the same host key', async () => {
      const volume = newVolume();
      const first = await volume.start({}, before);
      const second = await volume.start({}, after);
      expect(second.key).toEqual({ ...first.key, uid: after });
      expect(second.errors).toBe('');
    });

    test('starts all the same where it may not read the key, and says so', async () => {
      const volume = newVolume();
      const first = await volume.start({}, before);
      chmodSync(volume.key, 0o600);
      const second = await volume.start({}, after);
      expect(second.errors).toMatch(
        /is another user's: the host key is a new one at every start until UID \d+ may read/,
      );
      expect(second.key.text).not.toBe(first.key.text);
      // The former user opens it to the group, by nothing but a start.
      expect((await volume.start({}, before)).key.text).toBe(first.key.text);
      expect((await volume.start({}, after)).key.text).toBe(first.key.text);
    });
  },
);

test('no program of an environment changes who it is: what writes /etc/passwd ends before them', () => {
  const { template } = find(synth('profile: kind').objects, 'StatefulSet', 'devenv').spec;
  const writable = (containers: any[]) =>
    containers.flatMap(({ name, volumeMounts }) =>
      volumeMounts.some((mount: any) => mount.name === 'identity' && !mount.readOnly) ? [name] : [],
    );
  expect(writable(template.spec.initContainers)).toEqual(['prepare']);
  expect(writable(template.spec.containers)).toEqual([]);
  expect(template.spec.containers[0].volumeMounts).toContainEqual({
    name: 'identity',
    mountPath: '/etc/passwd',
    subPath: 'passwd',
    readOnly: true,
  });
});

test('keys of people stay with them: agents are forwarded where that is asked for, and nowhere else', () => {
  const forwards = (text: string, name = 'devenv') =>
    /^AllowAgentForwarding (.*)$/m.exec(find(synth(text).objects, 'ConfigMap', `${name}-sshd`).data.sshd_config)?.[1];
  expect(forwards('profile: kind')).toBe('no');
  const users = 'environments: {users: {ann: {agentForwarding: true}, ben: {}}}';
  expect([forwards(users, 'devenv-ann'), forwards(users, 'devenv-ben')]).toEqual(['yes', 'no']);
});
