import { checked, failed, KIND, machine, of } from '../helpers/checked';
import { FitCluster } from '../helpers/fit-cluster';

jest.mock('../../lib/operate/run', () => ({ ...jest.requireActual('../../lib/operate/run'), run: jest.fn() }));

describe('a program of this machine', () => {
  test.each<[string, Readonly<Record<string, string>>, string, RegExp, RegExp]>([
    ['that is not there', { 'terraform version': '' }, 'terraform', /not on PATH/, /terraform is not on PATH/],
    ['that is too old', { 'terraform version': 'Terraform v1.9.8' }, 'terraform', /1\.9\.8/, /take 1\.11 or later/],
    ['too old for backups', { 'restic version': 'restic 0.16.4' }, 'restic', /0\.16\.4/, /take 0\.18 or later/],
    [
      'too far from the cluster',
      { 'kubectl version': '{"clientVersion":{"gitVersion":"v1.31.0"}}' },
      'kubectl',
      /v1\.31\.0 is for clusters of 1\.30 to 1\.32, and this one is v1\.34\.1/,
      /take kubectl 1\.34/,
    ],
    [
      'too old for kind’s policies',
      { 'kubectl config': 'kind-mine', 'kind version': 'kind v0.23.0 go1.22' },
      'kind',
      /0\.23\.0/,
      /enforce no network policies/,
    ],
  ])('%s', async (_, tools, what, seen, mend) => {
    machine(tools);
    expect(failed(await checked(new FitCluster()))).toEqual([
      { what, ok: false, seen: expect.stringMatching(seen), mend: expect.stringMatching(mend) },
    ]);
  });

  test('is no fault where nothing needs it', async () => {
    machine({ 'restic version': '', 'terraform version': '' });
    const findings = await checked(new FitCluster(), KIND, 'kubectl');
    expect(failed(findings)).toEqual([]);
    expect(of(findings, 'restic')[0].seen).toContain('only sandboxctl backup and restore need it');
    expect(of(findings, 'terraform')).toEqual([]);
  });

  test('for kind is looked at where that is the cluster', async () => {
    machine({ 'kubectl config': 'kind-mine' });
    expect((await checked(new FitCluster())).map(({ what }) => what)).toEqual(
      expect.arrayContaining(['kind', 'containers']),
    );
  });
});
