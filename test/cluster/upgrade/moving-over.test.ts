import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { inventory } from '../support/inventory';
import { exec, find, hasten, kubectl, list } from '../support/kubectl';
import { noPlatform, workFile } from '../support/platform';
import { makeProject, missing, sandboxctl } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing();
const tried = triedUnless(why);

const ORIGINAL = join(__dirname, '../original.yaml');
/** Its platform.env, as its users have it beside platform.yaml. */
const DOTENV = `DEVENV_REPLICAS="\${DEVENV_REPLICAS:-2}"
DEPLOY_VAULT=false
DEPLOY_BOUNDARY=false
DEPLOY_KEYCLOAK=false
GITHUB_TOKEN=in-the-file
`;
const PODS = ['devenv-0', 'devenv-1'];
const VOLUMES = ['/workspace', '/commandhistory', '/home/node/.claude'];
/** A host key of the original's, kept as its users may. */
const KEEP_KEY = `mkdir -p /etc/ssh /workspace/.ssh-host && ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key &&
  cp /etc/ssh/ssh_host_ed25519_key /workspace/.ssh-host/ && chown -R 1000:0 /workspace/.ssh-host &&
  chmod -R ug=rwX,o= /workspace/.ssh-host`;
const ok = { code: 0 };

const inPod = async (pod: string, script: string): Promise<string> => {
  const { code, stdout, stderr } = await exec({ namespace: 'devenv', pod }, ['bash', '-c', script]);
  if (code !== 0) throw new Error(`${pod}: ${script}: exit ${code}\n${stderr}`);
  return stdout.trim();
};
const claims = async (): Promise<string[]> =>
  (await list('persistentvolumeclaims', 'devenv')).map(({ metadata }) => `${metadata.name} ${metadata.uid}`).sort();

/** What is in each volume of each environment. */
const files = async (): Promise<string[]> =>
  Promise.all(PODS.flatMap((pod) => VOLUMES.map((folder) => inPod(pod, `cat ${folder}/folder/file`))));
const EXPECTED = PODS.flatMap((pod) => VOLUMES.map((folder) => `${pod} ${folder}`));

async function deployOriginal(): Promise<void> {
  await kubectl(['apply', '-f', ORIGINAL]);
  await kubectl(['rollout', 'status', 'statefulset/devenv', '-n', 'devenv', '--timeout=60s']);
}

let before: string[];

beforeAll(async () => {
  if (why) return;
  await noPlatform();
  await makeProject({ secrets: { delivery: 'none' }, environments: { replicas: 1 } });
  writeFileSync(workFile('stacks/.env'), DOTENV);
  await deployOriginal();
  for (const pod of PODS)
    for (const folder of VOLUMES)
      await inPod(pod, `umask 077; mkdir ${folder}/folder; echo ${pod} ${folder} > ${folder}/folder/file`);
  before = await claims();
}, 600_000);

afterAll(async () => {
  if (why) return;
  await sandboxctl(['down', '--yes']);
  await kubectl(['delete', 'namespace', 'devenv', '--ignore-not-found'], { seconds: 100 });
}, 200_000);

tried('the original is in the way: check and up say so, and touch nothing', async () => {
  const there = await inventory();
  const named = /Namespace devenv, .*StatefulSet devenv\/devenv/;
  expect(await sandboxctl(['up'])).toMatchObject({ code: 1, stderr: expect.stringMatching(named) });
  expect(await sandboxctl(['up', '--dry-run', '--by', 'kubectl'])).toMatchObject({ code: 1 });
  expect(await inventory()).toEqual(there);
  expect((await find('namespace', '', 'devenv')).metadata.labels).not.toHaveProperty([
    'pod-security.kubernetes.io/enforce',
  ]);
  expect(await sandboxctl(['check'])).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/FAIL names: .*Service/),
  });
  expect(await files()).toEqual(EXPECTED);
});

tried('once it is removed, its environments go on with their files, settings and secrets', async () => {
  const folders = VOLUMES.join(' ');
  for (const pod of PODS) await inPod(pod, `chown -R 1000:0 ${folders} && chmod -R g=u ${folders}`);
  const hostKey = await inPod('devenv-0', `${KEEP_KEY} && ssh-keygen -y -f /etc/ssh/ssh_host_ed25519_key`);
  await kubectl(['delete', 'statefulset,service,networkpolicy', '-n', 'devenv', '--all']);
  await kubectl([
    'label',
    'pvc',
    '--all',
    '-n',
    'devenv',
    'app.kubernetes.io/part-of=agent-sandbox-platform',
    'app.kubernetes.io/component=environment',
  ]);
  await kubectl(['label', 'namespace', 'devenv', 'app.kubernetes.io/part-of=agent-sandbox-platform']);
  expect(await sandboxctl(['up'])).toMatchObject(ok);
  expect(await claims()).toEqual(before);
  expect(await files()).toEqual(EXPECTED);
  expect(await inPod('devenv-0', 'ssh-keygen -y -f /run/devenv/ssh_host_ed25519_key')).toBe(hostKey);
  for (const pod of PODS) {
    await inPod(pod, VOLUMES.map((folder) => `echo more >> ${folder}/folder/file && touch ${folder}/new`).join(' && '));
    expect(await inPod(pod, 'id -u; echo $GITHUB_TOKEN')).toBe('1234567\nof-the-original');
  }
});

tried('its .env becomes secrets, which count once its own Secret is gone', async () => {
  await kubectl(['delete', 'secret', 'devenv-secrets', '-n', 'devenv']);
  const { code, stdout } = await sandboxctl(['secrets', 'import', '--json']);
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { keys: ['github_token'] }]);
  await hasten('devenv', ...PODS);
  await eventually(async () => expect(await inPod('devenv-1', 'echo $GITHUB_TOKEN')).toBe('in-the-file'), 90);
});

tried('and the way back: the original has its files again, with what was added', async () => {
  expect(await sandboxctl(['down', '--yes'])).toMatchObject(ok);
  expect(await list('secrets', 'kube-system', '-l', 'owner=helm')).toEqual([]);
  await kubectl(['label', 'namespace', 'devenv', 'pod-security.kubernetes.io/enforce-']);
  await kubectl(['delete', 'secret', 'devenv-secrets', '-n', 'devenv', '--ignore-not-found']);
  await deployOriginal();
  expect(await claims()).toEqual(before);
  expect(await files()).toEqual(EXPECTED.map((line) => `${line}\nmore`));
});
