import { eventually } from '../support/eventually';
import { exec, find, hasten, kubectl } from '../support/kubectl';
import { platform } from '../support/platform';
import { ssh, type Tunnel, withTunnel } from '../support/ssh';
import { Terminal } from '../support/terminal';

const NAMESPACE = 'devenv';
const POD = { namespace: NAMESPACE, pod: 'devenv-0', container: 'devenv' };
const SECRETS = ['devenv-secrets', 'devenv-vault-secrets', 'tfe-dynamic-token', 'not-granted'];
/** Stands for a program that runs on since yesterday, such as VS Code's server or an agent, and starts shells. */
const SERVER = `require("http").createServer(({ url }, answer) => url === "/end" ? process.exit() : require("child_process")
  .execFile("bash", ["-c", "printf %s \\"$LANGFUSE_SECRET_KEY|$LANGFUSE_HOST\\""], (_, out) => answer.end(out)))
  .listen(8099, "127.0.0.1")`;

let uid: string;
let tunnel: Tunnel;
let terminal: Terminal;
let shell: string;
let closeTunnel: () => void;

/** What the Secrets hold at a time; the value with all that shells could stumble over is there from the start. */
const secretsOf = (day: string) => ({
  'devenv-secrets': { LANGFUSE_HOST: `https://${day}.example.com/?a="b c"&d='$HOME'\nsecond line` },
  'devenv-vault-secrets': {
    github_token: `ghp_${day}`,
    langfuse_secret_key: `sk-lf-${day}`,
    aws_access_key_id: `AKIA${day}`,
    aws_secret_access_key: `aws-secret-${day}`,
    _raw: `{"data":"raw-${day}"}`,
  },
  'tfe-dynamic-token': { token: `tfe-${day}`, token_id: `id-${day}`, _raw: `{"data":"raw-${day}"}` },
  'not-granted': { not_granted: `another-${day}` },
});

const variables = (day: string) => `sk-lf-${day}|${secretsOf(day)['devenv-secrets'].LANGFUSE_HOST}`;

async function put(day: string): Promise<void> {
  const items = Object.entries(secretsOf(day)).map(([name, stringData]) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: NAMESPACE },
    stringData,
  }));
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await kubectl(['apply', '--server-side', '-f', '-'], { input });
}

const remove = () => kubectl(['delete', 'secret', ...SECRETS, '-n', NAMESPACE, '--ignore-not-found']);

async function inside(command: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await exec(POD, command, { input });
  if (code !== 0) throw new Error(`${command.join(' ')}: exit ${code}\n${stderr}`);
  return stdout.trim();
}

async function overSsh(command: string): Promise<string> {
  const { code, stdout, stderr } = await ssh(tunnel, command);
  if (code !== 0) throw new Error(`ssh ${command}: exit ${code}\n${stderr}`);
  return stdout.trim();
}

const PRINT = 'printf %s "$LANGFUSE_SECRET_KEY|$LANGFUSE_HOST"';
const PRINTED_BY_NODE = 'console.log(process.env.LANGFUSE_SECRET_KEY + "|" + process.env.LANGFUSE_HOST)';
const asTyped = (text: string) => text.replaceAll('\r\n', '\n');

/** Every way of using an environment that has variables. */
const WAYS: Readonly<Record<string, () => Promise<string>>> = {
  'the shell that has been open all the time': async () => asTyped(await terminal.type(PRINT)),
  'a new shell at a terminal': async () => {
    const another = Terminal.at(tunnel);
    try {
      return asTyped(await another.type(PRINT));
    } finally {
      another.close();
    }
  },
  'ssh HOST COMMAND': () => overSsh(PRINT),
  'a program by ssh HOST COMMAND': () => overSsh(`node -e '${PRINTED_BY_NODE}'`),
  'a login shell': () => inside(['bash', '-lc', PRINT]),
  'zsh by ssh': () => overSsh(`zsh -c '${PRINT}'`),
  'zsh by kubectl exec': () => inside(['zsh', '-c', PRINT]),
  'bash by kubectl exec': () => inside(['bash', '-c', PRINT]),
  'a login sh by kubectl exec': () => inside(['sh', '-lc', PRINT]),
  'a program by kubectl exec with devenv-run': () => inside(['devenv-run', 'node', '-e', PRINTED_BY_NODE]),
  'a shell of a program that runs since before': () => overSsh('env -i curl -sS http://127.0.0.1:8099'),
};

/** The helpers, each without a shell around it and by the configuration that the image has. */
const HELPERS: Readonly<Record<string, (day: string) => Promise<void>>> = {
  "git's credential helper": async (day) => {
    const answer = await inside(['git', 'credential', 'fill'], 'protocol=https\nhost=github.com\n\n');
    expect(answer).toContain(`username=x-access-token\npassword=ghp_${day}`);
  },
  "AWS's credential_process": async (day) => {
    const config = await inside(['cat', '/home/node/.aws/config']);
    const program = /^credential_process = (\S+)$/m.exec(config)?.[1] ?? '';
    expect(JSON.parse(await inside([program]))).toMatchObject({
      Version: 1,
      AccessKeyId: `AKIA${day}`,
      SecretAccessKey: `aws-secret-${day}`,
    });
  },
  "Terraform's credentials helper": async (day) => {
    expect(await inside(['cat', '/home/node/.terraformrc'])).toBe('credentials_helper "devenv" {}');
    const helper = '/home/node/.terraform.d/plugins/terraform-credentials-devenv';
    expect(await inside([helper, 'get', 'app.terraform.io'])).toBe(`{"token":"tfe-${day}"}`);
  },
};

beforeAll(async () => {
  await remove();
  await platform();
  await eventually(() => withTunnel(NAMESPACE, 'devenv-0', (t) => ssh(t, 'true')), 150);
  uid = (await find('pod', NAMESPACE, 'devenv-0')).metadata.uid;
  await new Promise<void>((resolve, reject) => {
    withTunnel(NAMESPACE, 'devenv-0', (opened) => {
      tunnel = opened;
      resolve();
      return new Promise<void>((end) => {
        closeTunnel = end;
      });
    }).catch(reject);
  });
  terminal = Terminal.at(tunnel);
  shell = await terminal.type('echo $$');
  await overSsh(`nohup node -e '${SERVER}' > /dev/null 2>&1 < /dev/null & echo started`);
});

afterAll(async () => {
  terminal?.close();
  await exec(POD, ['curl', '-s', 'http://127.0.0.1:8099/end']);
  closeTunnel?.();
  await remove();
});

/** Of what was there before, nothing was restarted and nothing dropped. */
async function nothingWasRestarted(): Promise<void> {
  const { metadata, status } = await find('pod', NAMESPACE, 'devenv-0');
  expect([metadata.uid, status.containerStatuses[0].restartCount]).toEqual([uid, 0]);
  expect(await terminal.type('echo $$')).toBe(shell);
}

test('without any Secret an environment works, and has none', async () => {
  for (const name of SECRETS) expect(await find('secret', NAMESPACE, name)).toBeUndefined();
  expect(await overSsh('ls -A $DEVENV_SECRETS/ | grep -v "^\\.\\." || echo none')).toBe('none');
  for (const way of Object.values(WAYS)) expect(await way()).toMatch(/^(\||undefined\|undefined)$/);
  const { stdout } = await exec(POD, ['git-credential-devenv', 'get'], {
    input: 'protocol=https\nhost=github.com\n\n',
  });
  expect(stdout).toBe('');
});

describe.each([
  // The first come as the kubelet brings them by itself.
  ['Secrets that come late', 'monday', false],
  ['values that change', 'tuesday', true],
])('%s', (_, day, hastened) => {
  test('arrive without a restart and without dropping a session', async () => {
    await put(day);
    const read = WAYS['the shell that has been open all the time'];
    // All sources of the volume are of the same moment; each Secret may be seen by another look of the kubelet's.
    const all = () => inside(['sh', '-c', `grep -l ${day} /run/secrets/devenv/[A-Za-z]* | wc -l`]);
    await eventually(async () => {
      if (hastened) await hasten(NAMESPACE, POD.pod);
      expect(await all()).toBe('6');
    }, 150);
    await eventually(async () => expect(await read()).toBe(variables(day)), 5);
    await nothingWasRestarted();
  });

  // SECURITY.md: "Whoever may enter the environment, or run something in it, reads all"
  test.each(Object.keys(WAYS))('are seen by %s', async (way) => expect(await WAYS[way]()).toBe(variables(day)));

  test.each(Object.keys(HELPERS))('are handed on by %s', (helper) => HELPERS[helper](day));
});

// SECURITY.md: "git's helper hands GITHUB_TOKEN to GitHub and to no other host."
test('nobody but GitHub gets the token', async () => {
  const ask = (host: string) =>
    exec(POD, ['env', 'GIT_TERMINAL_PROMPT=0', 'git', 'credential', 'fill'], {
      input: `protocol=https\nhost=${host}\n\n`,
    });
  expect((await ask('github.com')).stdout).toContain('ghp_tuesday');
  const denied = await ask('github.com.example.com');
  expect([denied.code !== 0, denied.stdout]).toEqual([true, '']);
});

// SECURITY.md: "someone in an environment, person or agent | Cannot: reach other environments"
// SECURITY.md: "Whoever may enter the environment, or run something in it, reads all"
// SECURITY.md: "Keys of AWS and TF_TOKEN_* are not"
test('what helpers hand on, and what was not granted, is no variable and no file of an environment', async () => {
  const names = (await overSsh('env -0 | cut -z -d= -f1 | tr "\\0" "\\n"')).split('\n');
  expect(names).toEqual(expect.arrayContaining(['GITHUB_TOKEN', 'TFE_TOKEN', 'LANGFUSE_SECRET_KEY']));
  expect(names.filter((name) => /^(AWS_|TF_TOKEN|_RAW|TOKEN|NOT_)/.test(name))).toEqual([]);
  const files = (await inside(['ls', '/run/secrets/devenv'])).split('\n');
  expect(files).toEqual(expect.arrayContaining(['github_token', 'TFE_TOKEN']));
  expect(files.filter((name) => ['token', 'token_id', 'not_granted'].includes(name))).toEqual([]);
  expect(await inside(['stat', '-L', '-c', '%a', '/run/secrets/devenv/github_token'])).toBe('440');
});

// SECURITY.md: "Secrets in an environment are files"
test('no value is in the pod, in its description or in the environment of what started with it', async () => {
  const values = Object.values(secretsOf('tuesday')).flatMap((secret) => Object.values(secret));
  const shown = {
    spec: await kubectl(['get', 'pod', 'devenv-0', '-n', NAMESPACE, '-o', 'yaml']),
    described: await kubectl(['describe', 'pod', 'devenv-0', '-n', NAMESPACE]),
    set: await kubectl(['get', 'statefulset', 'devenv', '-n', NAMESPACE, '-o', 'yaml']),
    first: await inside(['cat', '/proc/1/environ']),
    // What the container's processes begin with, what sshd hands to sessions, and how all of them were called.
    given: await inside(['env']),
    sshd: await inside(['cat', '/run/devenv/sshd_config']),
    lines: await inside(['sh', '-c', 'cat /proc/[0-9]*/cmdline']),
  };
  expect(shown.given).toContain('DEVENV_SECRETS=/run/secrets/devenv');
  for (const [where, text] of Object.entries(shown)) {
    expect([where, values.filter((value) => text.includes(value.split('\n')[0]))]).toEqual([where, []]);
  }
  expect(`${shown.spec}${shown.set}`).not.toMatch(/secretKeyRef|envFrom/);
  // The same look finds a value where one is: in the environment of a shell's own child.
  expect(await inside(['bash', '-c', 'cat /proc/self/environ'])).toContain('sk-lf-tuesday');
});
