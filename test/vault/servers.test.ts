import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { policyText } from '../../constructs/core/facts';
import type { Kubectl } from '../../lib/operate/cluster/kubectl';
import { takeOut } from '../../lib/operate/platform/vault-servers';
import { bootstrapOf, find } from '../helpers/objects';
import { describeWith } from '../helpers/programs';
import { synth } from '../helpers/synth';
import { freePort, until } from '../helpers/vault-server';

const PODS = ['vault-0', 'vault-1', 'vault-2'];
const DEPARTURE = {
  namespace: 'vault',
  staying: ['vault-0'],
  leaving: ['vault-1', 'vault-2'],
  claims: ['data-vault-1', 'data-vault-2'],
};

describeWith(['vault'], 'three real servers of Vault', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vault-servers-'));
  const addresses: Record<string, string> = {};
  const running: Record<string, ChildProcess> = {};
  let keys: readonly string[];
  let root: string;
  let own: string;

  const vault = async (pod: string, args: readonly string[], token = root, input = ''): Promise<string> => {
    const env = { ...process.env, HOME: folder, VAULT_ADDR: addresses[pod], VAULT_TOKEN: token };
    const asked = promisify(execFile)('vault', [...args], { env });
    asked.child.stdin?.end(input);
    return (await asked).stdout;
  };
  const statusOf = async (pod: string) => (await fetch(`${addresses[pod]}/v1/sys/seal-status`)).json() as Promise<any>;
  const unseal = (pod: string) => vault(pod, ['operator', 'unseal', keys[0]]);
  const peers = async (): Promise<{ node_id: string; leader: boolean; voter: boolean }[]> =>
    JSON.parse(await vault('vault-0', ['operator', 'raft', 'list-peers', '-format=json'])).data.config.servers;
  const start = (pod: string) => {
    running[pod] = spawn('vault', ['server', `-config=${join(folder, `${pod}.hcl`)}`], {
      stdio: 'ignore',
    });
  };
  const end = (pod: string) =>
    new Promise((resolve) => {
      running[pod].once('exit', resolve);
      running[pod].kill('SIGKILL');
    });
  const allVote = () =>
    until(async () =>
      expect(
        (await peers())
          .filter(({ voter }) => voter)
          .map((p) => p.node_id)
          .sort(),
      ).toEqual(PODS),
    );

  /** Runs commands of pods here, by the policy of the login that they are for. */
  const kubectl = {
    list: async (kind: string) =>
      kind === 'pods'
        ? [{ metadata: { name: 'vault-0', namespace: 'vault' }, status: { phase: 'Succeeded' } }]
        : [find(synth('profile: kind').objects, 'ServiceAccount', 'vault-servers')],
    answer: async () => '',
    run: async (args: readonly string[]) => {
      try {
        return { exitCode: 0, stdout: await vault('vault-0', args.slice(args.indexOf('operator')), own), stderr: '' };
      } catch (error) {
        return { exitCode: 2, stdout: '', stderr: String((error as { stderr?: string }).stderr) };
      }
    },
  } as unknown as Kubectl;

  beforeAll(async () => {
    const ports: Record<string, number> = {};
    for (const pod of PODS) {
      ports[pod] = await freePort();
      addresses[pod] = `http://127.0.0.1:${ports[pod]}`;
    }
    const joins = PODS.map((pod) => `retry_join {\n leader_api_addr = "${addresses[pod]}"\n}\n`).join('');
    for (const pod of PODS) {
      const cluster = `127.0.0.1:${await freePort()}`;
      const listener = `listener "tcp" {\n address = "127.0.0.1:${ports[pod]}"\n cluster_address = "${cluster}"\n tls_disable = true\n}\n`;
      const storage = `storage "raft" {\n path = "${join(folder, pod)}"\n node_id = "${pod}"\n${joins}}\n`;
      const names = `disable_mlock = true\napi_addr = "${addresses[pod]}"\ncluster_addr = "https://${cluster}"\n`;
      writeFileSync(join(folder, `${pod}.hcl`), listener + storage + names);
      mkdirSync(join(folder, pod));
      start(pod);
    }
    const init = ['operator', 'init', '-key-shares=1', '-key-threshold=1', '-format=json'];
    const made = JSON.parse(await until(() => vault('vault-0', init, '')));
    [keys, root] = [made.unseal_keys_b64, made.root_token];
    for (const pod of PODS)
      await until(async () => {
        if ((await statusOf(pod)).sealed) await unseal(pod);
        expect(await statusOf(pod)).toMatchObject({ initialized: true, sealed: false });
      });
    await until(() =>
      vault('vault-0', ['operator', 'raft', 'autopilot', 'set-config', '-server-stabilization-time=1s']),
    );
    await allVote();
    const { policies } = bootstrapOf(synth('profile: kind').objects, 'vault-bootstrap');
    const { paths } = policies.find(({ name }: { name: string }) => name === 'vault-servers');
    await vault('vault-0', ['policy', 'write', 'vault-servers', '-'], root, policyText(paths));
    const login = ['token', 'create', '-policy=vault-servers', '-no-default-policy', '-orphan', '-field=token'];
    own = (await vault('vault-0', login)).trim();
    await vault('vault-0', ['secrets', 'enable', '-path=writes', 'kv']);
    await vault('vault-0', ['kv', 'put', 'writes/one', 'value=kept']);
  }, 300_000);

  afterAll(() => {
    for (const server of Object.values(running)) server.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  // SECURITY.md: "whoever may create tokens of the ServiceAccount vault-servers, and run commands in Vault's pods | Can:"
  test('the login for that takes servers out though one of them leads, and the one that stays has all', async () => {
    await vault('vault-0', ['operator', 'step-down']);
    await until(async () => expect((await peers()).find(({ leader }) => leader)?.node_id).toMatch(/vault-[12]/));
    await takeOut(kubectl, DEPARTURE, {
      signal: new AbortController().signal,
      tell: () => {},
    });
    expect(await peers()).toMatchObject([{ node_id: 'vault-0', leader: true }]);
    for (const pod of ['vault-1', 'vault-2'])
      await until(async () => expect(await statusOf(pod)).toMatchObject({ removed_from_cluster: true }));
    await Promise.all([end('vault-1'), end('vault-2')]);
    expect(await vault('vault-0', ['kv', 'get', '-field=value', 'writes/one'])).toBe('kept');
    await vault('vault-0', ['kv', 'put', 'writes/two', 'value=alone']);
  }, 300_000);

  // SECURITY.md: "whoever may create tokens of the ServiceAccount vault-servers, and run commands in Vault's pods | Cannot:"
  test('it may do nothing else', async () => {
    for (const path of ['writes/one', 'sys/policies/acl/vault-servers', 'sys/seal', 'sys/storage/raft/snapshot'])
      expect((await vault('vault-0', ['token', 'capabilities', own, path])).trim()).toBe('deny');
  });

  test('a server that was taken out is not let in with what it has, says so, and joins without it', async () => {
    start('vault-1');
    await until(async () => expect(await statusOf('vault-1')).toMatchObject({ removed_from_cluster: true }));
    await expect(unseal('vault-1')).rejects.toThrow(/removed from a HA cluster/);
    expect(await peers()).toHaveLength(1);
    const health = await fetch(`${addresses['vault-1']}/v1/sys/health?removedcode=204&sealedcode=204&uninitcode=204`);
    expect(health.status).toBe(204);
    await end('vault-1');
    for (const pod of ['vault-1', 'vault-2']) {
      rmSync(join(folder, pod), { recursive: true });
      mkdirSync(join(folder, pod));
      start(pod);
      await until(async () => {
        if ((await statusOf(pod)).sealed) await unseal(pod);
        expect(await statusOf(pod)).toMatchObject({ sealed: false, removed_from_cluster: false });
      });
    }
    await allVote();
    expect(await vault('vault-2', ['kv', 'get', '-field=value', 'writes/two'])).toBe('alone');
  }, 300_000);

  test('the first one, too, takes everything from the others where its data is lost, and none is begun anew', async () => {
    await end('vault-0');
    rmSync(join(folder, 'vault-0'), { recursive: true });
    mkdirSync(join(folder, 'vault-0'));
    start('vault-0');
    await until(async () => expect(await statusOf('vault-0')).toMatchObject({ initialized: true }));
    await unseal('vault-0');
    await until(async () => expect(await vault('vault-0', ['kv', 'get', '-field=value', 'writes/two'])).toBe('alone'));
    await allVote();
  }, 300_000);
});
