import { eventually } from './support/eventually';
import { exec, find, kubectl, list } from './support/kubectl';
import { cdktf, makeProject, missing, plan, stackNames, states } from './support/stacks';

const why = missing();
const tried = why ? test.skip : test;
if (why) console.info(`stacks are not tried: ${why}`);

let log = '';

const secretOf = async (namespace: string, name: string, key: string): Promise<string> =>
  Buffer.from((await find('secret', namespace, name)).data[key], 'base64').toString();

tried(
  'one deploy takes over what kubectl applied, and finishes the platform',
  async () => {
    await makeProject({});
    log += await cdktf('deploy');
    expect(stackNames()).toEqual(expect.arrayContaining(['boundary', 'operators', 'vault', 'workloads']));
  },
  900_000,
);

tried('a second plan of every stack is empty', async () => {
  for (const stack of stackNames()) {
    const { code, stdout, stderr } = await plan(stack);
    expect({ stack, code, output: code === 0 ? '' : stdout + stderr }).toEqual({ stack, code: 0, output: '' });
  }
});

tried('no secret of the platform stands in a state or in the log', async () => {
  const written = states() + log;
  const secrets = [
    await secretOf('boundary', 'boundary-database', 'password'),
    await secretOf('keycloak', 'keycloak-clients', 'boundary'),
    JSON.parse(await secretOf('platform-bootstrap', 'vault-keys', 'keys'))[0],
    /key = "([^"]+)"/.exec(await secretOf('boundary', 'boundary-kms-keys', 'recovery.hcl'))?.[1] ?? '',
  ];
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(20);
    expect(written).not.toContain(secret);
  }
  expect(written).not.toMatch(/hvs\.[A-Za-z0-9_-]{20}/);
  expect(written).toContain('platform-boundary');
});

tried(
  'a changed field is rolled out by the next deploy',
  async () => {
    await makeProject({ environments: { env: { ROLLED_OUT: 'yes' } } });
    log += await cdktf('deploy');
    await eventually(async () => {
      const { stdout } = await exec({ namespace: 'devenv', pod: 'devenv-0' }, ['printenv', 'ROLLED_OUT']);
      expect(stdout.trim()).toBe('yes');
    }, 120);
    await exec({ namespace: 'devenv', pod: 'devenv-0' }, ['sh', '-c', 'echo kept > /workspace/outlives']);
  },
  900_000,
);

tried(
  'destroy leaves the workspaces and their namespace, and nothing else',
  async () => {
    log += await cdktf('destroy');
    const left = (await list('namespaces')).map(({ metadata }) => metadata.name);
    expect(left).toContain('devenv');
    expect(left).toEqual(expect.not.arrayContaining(['vault', 'boundary', 'keycloak', 'platform-bootstrap']));
    expect(await list('persistentvolumeclaims', 'devenv')).toHaveLength(6);
    expect(await list('pods', 'devenv')).toEqual([]);
    const claim = await kubectl(['get', 'persistentvolumeclaim', 'workspace-devenv-0', '-n', 'devenv', '-o', 'name']);
    expect(claim.trim()).toBe('persistentvolumeclaim/workspace-devenv-0');
  },
  900_000,
);
