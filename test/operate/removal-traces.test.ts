import { bundled } from '../helpers/bundled';
import { deployed, standing, stateWith } from '../helpers/removed-platform';
import { ours, type StubPlatform, theirs } from '../helpers/stub-cluster';

const CLI = bundled('lib/operate/cli.ts');

const TRACES = [
  'terraform.operators.tfstate',
  'terraform.operators.tfstate.backup',
  'terraform.workloads.tfstate',
  'terraform.workloads.tfstate.backup',
  '.agent-sandbox',
];

describe('what a platform leaves beside its objects', () => {
  test('goes with all of it', async () => {
    const made = deployed(CLI);
    expect(await made.sandboxctl(['down', '--yes'])).toMatchObject({ code: 0, stderr: '' });
    expect(TRACES.filter((file) => made.has(file))).toEqual([]);
  });

  test('stays while a part of it stands', async () => {
    const made = deployed(CLI);
    await made.sandboxctl(['down', 'vault', '--yes']);
    expect(TRACES.filter((file) => made.has(file))).toEqual(expect.arrayContaining([TRACES[0], TRACES[2], TRACES[4]]));
  });

  test('stays where it says that things stand, or holds what others put there, and that is said', async () => {
    const made = standing(CLI);
    made.release({ workloads: [] });
    made.write('terraform.workloads.tfstate', stateWith('helm_release.vault'));
    made.write('.agent-sandbox/ca.crt', '');
    made.write('.agent-sandbox/notes', 'mine');
    const why = 'it says that 1 thing still stands';
    const { stays } = JSON.parse((await made.sandboxctl(['down', '--dry-run', '--json'])).stdout);
    expect(stays).toContainEqual({ what: 'terraform.workloads.tfstate', why });
    const { code, stderr } = await made.sandboxctl(['down', '--yes']);
    expect([code, stderr]).toEqual([0, `note: terraform.workloads.tfstate stays: ${why}\n`]);
    expect(['terraform.workloads.tfstate', '.agent-sandbox/ca.crt'].map(made.has)).toEqual([true, false]);
    expect(made.read('.agent-sandbox/notes')).toBe('mine');
  });

  test('is a Secret and its lock where the cluster keeps states, and elsewhere what stays is said', async () => {
    const down = async (backend: object) => {
      const made = standing(CLI);
      made.release({ workloads: [] });
      made.write('cdktf.out/stacks/workloads/cdk.tf.json', JSON.stringify({ terraform: { backend } }));
      const { stderr } = await made.sandboxctl(['down', '--yes']);
      return [stderr, made.asked.filter((line) => line.includes('tfstate'))];
    };
    expect(await down({ kubernetes: { secret_suffix: 'one-workloads', namespace: 'states' } })).toEqual([
      '',
      [
        'kubectl delete secrets,leases --namespace states --selector tfstate=true,tfstateSecretSuffix=one-workloads,tfstateWorkspace=default --ignore-not-found',
      ],
    ]);
    expect(await down({ s3: { bucket: 'b' } })).toEqual([
      'note: the state of workloads stays: it is where terraform.backend says (s3), empty\n',
      [],
    ]);
  });
});

describe('a removal that is only looked at', () => {
  const inWords = (name: string) => name.replace('+', ' ').replace('+', '/');
  const planned = async (made: StubPlatform, ...args: string[]) =>
    JSON.parse((await made.sandboxctl(['down', ...args, '--dry-run', '--json'])).stdout);

  test.each([[[]], [['--delete-workspaces']], [['environments']], [['environments', '--delete-workspaces']]])(
    'says what goes and what stays, exactly, and touches nothing: %j',
    async (args) => {
      const made = standing(CLI);
      // With the namespace it would go along, for which nothing is touched.
      const others = args.join() === '--delete-workspaces' ? [] : [theirs('Role', 'programs', 'devenv')];
      made.stand(...others, ours('Secret', 'ssh-host-keys', 'devenv'));
      const before = made.standing;
      const { goes, stays } = await planned(made, ...args);
      expect(made.standing).toEqual(before);
      expect(made.asked.filter((line) => !/^kubectl (get|config|api-resources) /.test(line))).toEqual([]);
      const isWithin = (name: string) =>
        !name.startsWith('PersistentVolumeClaim+') &&
        goes.includes(`Namespace ${/\+(.*?)\+/.exec(name)?.[1]}, with all that is in it`);
      await made.sandboxctl(['down', '--yes', ...args]);
      const gone = before.filter((name) => !made.standing.includes(name));
      const named = gone.filter((name) => !isWithin(name) && !name.startsWith('Namespace+')).map(inWords);
      expect(goes.filter((name: string) => !name.startsWith('Namespace ')).sort()).toEqual(named.sort());
      if (others.length > 0) expect(stays).toContainEqual({ what: 'Role devenv/programs', why: "somebody else's" });
      const kept = made.standing.map(inWords);
      for (const { what } of stays) expect(kept).toContain(what);
    },
  );

  test('says what Terraform has made, and what is left beside the cluster', async () => {
    const made = deployed(CLI);
    const { goes, stays } = await planned(made);
    expect(goes).toEqual(
      expect.arrayContaining([
        'operators: helm_release.namespaces',
        'workloads: helm_release.vault',
        'workloads: helm_release.environments',
        'Namespace vault, with all that is in it',
        'StatefulSet devenv/devenv',
        'terraform.workloads.tfstate',
        '.agent-sandbox/ca.crt',
      ]),
    );
    expect(stays).toEqual([
      { what: 'PersistentVolumeClaim devenv/workspace-devenv-0', why: 'files of environments' },
      { what: 'Namespace devenv', why: 'it holds files of environments' },
    ]);
    expect(made.asked.filter((line) => /^terraform (?!init|state pull)/.test(line))).toEqual([]);
    expect(made.has('.agent-sandbox/ca.crt')).toBe(true);
    expect((await planned(made, 'vault')).goes).toEqual([
      'workloads: helm_release.vault',
      'StatefulSet vault/vault',
      'ConfigMap vault/vault-config',
    ]);
  });
});
