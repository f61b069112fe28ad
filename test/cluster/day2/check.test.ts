import { emptyCluster } from '../support/day2';
import { eventually } from '../support/eventually';
import { applyAll, list } from '../support/kubectl';
import { missing, sandboxctl } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing();
const tried = triedUnless(why);

/** Selects namespaces in which a check tries things out. */
const CHECKS = 'agent-sandbox.dev/check';

beforeAll(async () => {
  if (why) return;
  await emptyCluster();
}, 600_000);

tried('an empty cluster is fit, as check finds by trying it out', async () => {
  const { code, stdout } = await sandboxctl(['check', '--json']);
  const findings = JSON.parse(stdout);
  expect(findings.filter(({ ok: good }: { ok: boolean }) => !good)).toEqual([]);
  expect(findings.map(({ what }: { what: string }) => what)).toEqual(
    expect.arrayContaining(['cluster', 'rights', 'storage', 'images', 'DNS', 'network policies', 'Pod Security']),
  );
  expect(findings.find(({ what }: { what: string }) => what === 'storage').seen).toContain('written to and removed');
  expect(code).toBe(0);
  await eventually(async () => expect(await list('namespaces', '', '-l', CHECKS)).toEqual([]), 60);
});

tried(
  'a cluster in which something lets through what policies deny is found out by check, and by that line alone',
  async () => {
    const checking = sandboxctl(['check', '--json']);
    let namespace = '';
    await eventually(async () => {
      namespace = (await list('namespaces', '', '-l', CHECKS))[0].metadata.name;
    }, 60);
    await applyAll({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'allow-all', namespace },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] },
    });
    const { code, stdout } = await checking;
    const failed = JSON.parse(stdout).filter(({ ok: good }: { ok: boolean }) => !good);
    expect(failed).toMatchObject([
      { what: 'network policies', seen: expect.stringContaining('in (ingress) and out (egress)') },
    ]);
    expect(code).toBe(1);
  },
);
