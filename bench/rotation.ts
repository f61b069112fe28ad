import { eventually } from '../test/cluster/support/eventually';
import { exec, find } from '../test/cluster/support/kubectl';
import { rootToken, vault } from '../test/cluster/support/vault';
import type { Benchmark, Figure, Outcome } from './figures';
import { mayUseCluster } from './vault';

const [NAMESPACE, POD, PATH] = ['devenv', 'devenv-0', 'devenv/credentials'];
const FILE = '/run/secrets/devenv/github_token';
const TIMES = Number(process.env.REPEAT ?? 3);

/** Seconds from a write of Vault's until an environment's file has it, and until Vault itself answers with it. */
async function rotate(token: string, value: string): Promise<[ours: number, reference: number]> {
  const start = performance.now();
  const since = () => (performance.now() - start) / 1000;
  const { code, stderr } = await vault(`kv put -mount=secret ${PATH} github_token=${value}`, token);
  if (code !== 0) throw new Error(`vault kv put: ${stderr}`);
  await eventually(async () => {
    const { stdout } = await vault(`kv get -mount=secret -field=github_token ${PATH}`, token);
    if (stdout.trim() !== value) throw new Error('Vault answers with another value');
  }, 30);
  const reference = since();
  await eventually(async () => {
    const { stdout } = await exec({ namespace: NAMESPACE, pod: POD }, ['cat', FILE]);
    if (stdout.trim() !== value) throw new Error(`${FILE} has another value`);
  }, 300);
  return [since(), reference];
}

async function measure(): Promise<Outcome> {
  if (!mayUseCluster()) return { skipped: 'it writes to the Vault of KUBECONFIG: say BENCH_CLUSTER=yes' };
  if (!(await find('crd', '', 'vaultstaticsecrets.secrets.hashicorp.com')))
    return { skipped: 'nobody deployed a platform whose secrets the Vault Secrets Operator delivers' };
  const token = await rootToken();
  const took: [number, number][] = [];
  try {
    for (let turn = 0; turn < TIMES; turn++) took.push(await rotate(token, `rotated-${turn}-${process.pid}`));
  } finally {
    await vault('token revoke -self', token);
  }
  const at = (share: number, which: 0 | 1) =>
    took.map((times) => times[which]).sort((a, b) => a - b)[Math.ceil(share * took.length) - 1];
  return [0.5, 0.95].map(
    (share): Figure => ({
      name: `p${share * 100} of ${TIMES}`,
      unit: 's',
      ours: at(share, 0),
      reference: at(share, 1),
    }),
  );
}

export const ROTATION: Benchmark = {
  name: "rotation, to an environment's file (reference: Vault answers)",
  run: measure,
};
