import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Benchmark, Figure, Outcome } from './figures';
import { PROGRAM } from './program';

/** What these take is a whole cluster, so nobody should come by them unasked. */
export const mayUseCluster = (): boolean => process.env.BENCH_CLUSTER === 'yes';

const kubectl = (...args: string[]) => execFileSync('kubectl', args, { encoding: 'utf8', maxBuffer: 2 ** 26 });

const inBackground = (program: string, ...args: string[]) =>
  new Promise<string>((resolve, reject) => {
    execFile(program, args, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });

async function until(isSo: () => boolean, seconds: number): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !isSo(); await pause(100)) {
    if (Date.now() > end) throw new Error(`not so within ${seconds} s`);
  }
}

const since = (start: number) => (performance.now() - start) / 1000;

/** Applies Vault and what belongs to it, and waits until its bootstrap is done. Returns how long that took. */
async function deploy(folder: string, servers: number): Promise<number> {
  const text = `environments: {replicas: 0}\nboundary: {enabled: false}\nkeycloak: {enabled: false}\nvault: {replicas: ${servers}}\n`;
  writeFileSync(join(folder, 'platform.yaml'), text);
  execFileSync(PROGRAM[0], PROGRAM.slice(1), {
    cwd: folder,
    env: { ...process.env, CDK8S_OUTDIR: 'dist' },
    stdio: 'ignore',
  });
  const start = performance.now();
  kubectl('apply', '--server-side', '-f', join(folder, 'dist'));
  const log = () =>
    spawnSync('kubectl', ['logs', '-n', 'platform-bootstrap', 'deploy/vault-bootstrap'], { encoding: 'utf8' }).stdout;
  await until(() => log().includes('"message":"ready"'), 300);
  return since(start);
}

const remove = (folder: string) =>
  kubectl('delete', '-f', join(folder, 'dist'), '--ignore-not-found', '--timeout=180s');

/** Vault's own part of it: one server on this machine, from its start until it is initialised, unsealed and leads. */
async function alone(folder: string): Promise<number> {
  mkdirSync(join(folder, 'raft'));
  const [api, cluster] = ['127.0.0.1:18200', '127.0.0.1:18201'];
  const hcl = `disable_mlock = true
api_addr = "http://${api}"
cluster_addr = "https://${cluster}"
listener "tcp" {
  address = "${api}"
  cluster_address = "${cluster}"
  tls_disable = true
}
storage "raft" {
  path = "${join(folder, 'raft')}"
  node_id = "one"
}
`;
  writeFileSync(join(folder, 'vault.hcl'), hcl);
  const env = { ...process.env, VAULT_ADDR: `http://${api}` };
  const vault = (...args: string[]) => spawnSync('vault', args, { env, encoding: 'utf8' });
  const start = performance.now();
  const server = spawn('vault', ['server', `-config=${join(folder, 'vault.hcl')}`], { env, stdio: 'ignore' });
  try {
    // 2: sealed, which is an answer.
    await until(() => vault('status').status === 2, 60);
    const { unseal_keys_b64: keys } = JSON.parse(
      vault('operator', 'init', '-key-shares=1', '-key-threshold=1', '-format=json').stdout,
    );
    spawnSync('vault', ['write', 'sys/unseal', 'key=-'], { env, input: keys[0] });
    await until(() => vault('read', '-field=is_self', 'sys/leader').stdout.trim() === 'true', 60);
    return since(start);
  } finally {
    server.kill();
  }
}

const PODS = ['vault-0', 'vault-1', 'vault-2'];
const inPod = (pod: string, script: string) => ['exec', '-n', 'vault', pod, '--', 'sh', '-c', script];
/** How often a leader is lost each way. */
const TRIES = 5;

/** Waits until all servers are unsealed, the one among them that was lost. */
const untilWhole = () =>
  until(() => PODS.every((pod) => spawnSync('kubectl', inPod(pod, 'vault status')).status === 0), 200);

/** Seconds from `act` on the leader until another server says that it leads. @throws if none does within a minute */
async function failover(act: (leader: string) => void): Promise<number> {
  await untilWhole();
  const answer = kubectl(...inPod('vault-0', 'vault read -field=leader_address sys/leader'));
  const leader = /vault-\d/.exec(answer)?.[0] ?? '';
  const [survivor] = PODS.filter((pod) => pod !== leader);
  const ask = `vault read -field=leader_address sys/leader 2>/dev/null`;
  const isAnother = `case $(${ask}) in ''|*${leader}.*) sleep 0.1;; *) exit;; esac`;
  const watched = inBackground('kubectl', ...inPod(survivor, `for i in $(seq 300); do ${isAnother}; done; exit 1`));
  const start = performance.now();
  act(leader);
  await watched;
  return since(start);
}

const KILL = (pod: string) => kubectl('delete', 'pod', pod, '-n', 'vault', '--force', '--grace-period=0');
/** A server that is asked to end hands over, which is as fast as Vault itself is. */
const HAND_OVER = (pod: string) => kubectl(...inPod(pod, 'kill -TERM 1'));

async function whenLeaderIsLost(folder: string): Promise<Figure[]> {
  await deploy(folder, PODS.length);
  const [ours, reference]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < TRIES; turn++) {
    ours.push(await failover(KILL));
    reference.push(await failover(HAND_OVER));
  }
  for (const times of [ours, reference]) times.sort((a, b) => a - b);
  const figure = (name: string, index: number): Figure => ({
    name: `${name} of ${TRIES}`,
    unit: 's',
    ours: ours[index],
    reference: reference[index],
  });
  return [figure('p50', TRIES >> 1), figure('longest', TRIES - 1)];
}

async function onCluster(folder: string, measure: () => Promise<readonly Figure[]>): Promise<Outcome> {
  if (!mayUseCluster()) return { skipped: 'it deploys to the cluster of KUBECONFIG: say BENCH_CLUSTER=yes' };
  if (spawnSync('kubectl', ['get', 'namespace', 'vault']).status === 0) return { skipped: 'the cluster has a Vault' };
  try {
    return await measure();
  } finally {
    remove(folder);
  }
}

export const VAULT_BENCHMARKS: readonly Benchmark[] = [
  {
    name: 'Vault, empty cluster to configured (reference: a server by itself)',
    run: (folder) =>
      onCluster(folder, async () => [
        { name: 'time', unit: 's', ours: await deploy(folder, 1), reference: await alone(folder) },
      ]),
  },
  {
    name: 'Vault, a killed leader (reference: one that hands over)',
    run: (folder) => onCluster(folder, () => whenLeaderIsLost(folder)),
  },
];
