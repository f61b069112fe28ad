import { join } from 'node:path';
import type { KubeObject } from '../../lib/operate/cluster/kubectl';
import { diagnose } from '../../lib/operate/doctor/rules';
import { type Project, see } from '../../lib/operate/doctor/seen';
import { releasesOfKinds } from '../../lib/operate/platform/releases';
import { CASES } from '../helpers/cases';
import { HealthyCluster, noted, VAULT } from '../helpers/healthy-cluster';
import { synth } from '../helpers/synth';
import { written } from '../stacks/written';

const PROJECT: Project = { kinds: ['VaultAuth.secrets.hashicorp.com'], kindReleases: [], isUpgrading: false };

const found = async (text: string, more: readonly KubeObject[] = [], project = PROJECT, env = {}) =>
  diagnose(await see(new HealthyCluster(synth(text, env).objects, more), project));

test.each(Object.entries(CASES))('a healthy platform has nothing wrong: %s', async (_, { text, env }) =>
  expect(await found(text, [], PROJECT, env)).toEqual([]),
);

describe('on a cluster', () => {
  test.each(['', '<none>'])('servers of Vault are told of that know no leader, said as %j', async (leader_address) => {
    const cluster = new HealthyCluster(synth('profile: kind').objects);
    cluster.vault = { ...VAULT, leader_address };
    expect(diagnose(await see(cluster, PROJECT))).toMatchObject([
      { what: 'Vault', cause: expect.stringMatching(/1 of 1/) },
    ]);
  });

  const FROM = 'agent-sandbox.dev/restored-from';

  test('a restore that was broken off is told of until its files are back', async () => {
    const data = { [FROM]: 'b-1', 'agent-sandbox.dev/restored-data': 'b-1' };
    expect(await found('profile: kind', [noted('vault', { [FROM]: 'b-1' })])).toMatchObject([
      { what: 'a restore', cause: expect.stringContaining('its data is not all there') },
    ]);
    expect(await found('profile: kind', [noted('vault', data)])).toMatchObject([
      { what: 'a restore', cause: expect.stringContaining('not all environments have their files') },
    ]);
  });

  test('a kind that somebody removed has the releases named that Helm takes for there', async () => {
    const kinds = ['VaultAuth.secrets.hashicorp.com', 'VaultConnection.secrets.hashicorp.com'];
    const { folder, names } = written('profile: kind');
    const stacks = names.map((name) => ({ name, folder: join(folder, 'stacks', name), dependencies: [] }));
    const kindReleases = releasesOfKinds(stacks);
    expect(await found('profile: kind', [], { ...PROJECT, kinds, kindReleases })).toEqual([
      {
        what: 'kind VaultConnection.secrets.hashicorp.com',
        cause: expect.any(String),
        mend: expect.stringContaining(
          "--namespace kube-system --selector 'owner=helm,name in (agent-sandbox-secrets,agent-sandbox-secrets-operator-kinds)'",
        ),
      },
    ]);
  });
});
