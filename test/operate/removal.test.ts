import { bundled } from '../helpers/bundled';
import { ours, StubPlatform, theirs } from '../helpers/stub-cluster';

const CLI = bundled('lib/operate/cli.ts');
const ENVIRONMENT = { 'app.kubernetes.io/component': 'environment' };
const environments = ours('StatefulSet', 'devenv', 'devenv');
environments.metadata.labels = { ...environments.metadata.labels, ...ENVIRONMENT };
const NAMESPACES = [ours('Namespace', 'devenv'), ours('Namespace', 'vault')];
const VAULT = [ours('StatefulSet', 'vault', 'vault'), ours('ConfigMap', 'vault-config', 'vault')];
const DEVENV = [environments, ours('Service', 'devenv', 'devenv'), ours('Role', 'programs', 'devenv')];
const CLAIM = ours('PersistentVolumeClaim', 'workspace-devenv-0', 'devenv');

const platform = () =>
  new StubPlatform(CLI, {
    '00-namespaces.k8s.yaml': NAMESPACES,
    '20-vault.k8s.yaml': VAULT,
    '50-environments.k8s.yaml': DEVENV,
  });
/** The same, as `up` leaves it. */
const standing = () => {
  const made = platform();
  made.stand(...NAMESPACES, ...VAULT, ...DEVENV, CLAIM);
  return made;
};

describe("somebody else's objects of the platform's names", () => {
  const FOREIGN = [
    theirs('Namespace', 'devenv'),
    theirs('StatefulSet', 'devenv', 'devenv'),
    theirs('Role', 'programs', 'devenv'),
  ];
  const KEPT = ['Namespace+devenv', 'Role+devenv+programs', 'StatefulSet+devenv+devenv'];

  test('are not taken over by up, of whatever kind, which names them before it touches anything', async () => {
    const made = platform();
    made.stand(...FOREIGN);
    for (const args of [['up'], ['up', '--by', 'kubectl'], ['up', '--dry-run']]) {
      const { code, stderr } = await made.sandboxctl(args);
      expect([code, stderr]).toEqual([1, expect.stringContaining('and are not its own: Namespace devenv, ')]);
      expect(stderr).toContain('StatefulSet devenv/devenv, Role devenv/programs; nothing is changed');
      expect(stderr).toContain('kubectl label namespace devenv app.kubernetes.io/part-of=agent-sandbox-platform');
    }
    expect(made.standing).toEqual(KEPT);
    expect(made.asked.filter((line) => !/^kubectl (get|config) /.test(line))).toEqual([]);
  });

  test('stay where the platform is removed, and are named', async () => {
    const made = platform();
    made.stand(...FOREIGN, ours('Namespace', 'vault'), ...VAULT, ours('Service', 'devenv', 'devenv'));
    const { code, stderr } = await made.sandboxctl(['down', '--delete-workspaces', '--yes']);
    expect([code, stderr]).toEqual([
      0,
      "note: these have names of the platform's objects and are not its own; they stay: Namespace devenv, StatefulSet devenv/devenv, Role devenv/programs\n",
    ]);
    expect(made.standing).toEqual(KEPT);
    expect(made.asked.filter((line) => /^kubectl (annotate|label) /.test(line))).toEqual([]);
  });

  test('keep down from anything where Helm would remove them by their names', async () => {
    const made = released();
    made.stand(...NAMESPACES, ...VAULT, theirs('StatefulSet', 'devenv', 'devenv'));
    const before = made.standing;
    const { code, stderr } = await made.sandboxctl(['down', '--yes']);
    expect([code, stderr]).toEqual([
      1,
      "sandboxctl: these are not the platform's, and would go with Helm's releases, which know them by their names; move or delete them first: StatefulSet devenv/devenv\n",
    ]);
    expect(made.standing).toEqual(before);
    expect(made.asked.filter((line) => line.startsWith('terraform'))).toEqual([]);
  });

  test("keep down from anything where they are of the operator's kinds, which would go", async () => {
    const made = released();
    made.stand(...NAMESPACES, ...VAULT, ...DEVENV);
    made.stand(ours('VaultAuth', 'own', 'devenv'), theirs('VaultAuth', 'theirs', 'elsewhere'));
    const { code, stderr } = await made.sandboxctl(['down', '--yes']);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/would go with the operator's kinds; .*first: VaultAuth elsewhere\/theirs$/m),
    ]);
  });
});

/** A platform that Terraform deployed. */
function released(): StubPlatform {
  const made = platform();
  made.release({ operators: ['namespaces', 'secrets-operator-kinds'], workloads: ['vault', 'environments'] });
  return made;
}

describe('a part of a platform', () => {
  test('that is removed leaves the others, and its files', async () => {
    const made = standing();
    expect(await made.sandboxctl(['down', 'environments', '--yes'])).toMatchObject({ code: 0, stderr: '' });
    expect(made.standing).toEqual([
      'ConfigMap+vault+vault-config',
      'Namespace+devenv',
      'Namespace+vault',
      'PersistentVolumeClaim+devenv+workspace-devenv-0',
      'StatefulSet+vault+vault',
    ]);
  });

  test('takes its files along where they are meant', async () => {
    const made = standing();
    await made.sandboxctl(['down', 'environments', '--delete-workspaces', '--yes']);
    expect(made.standing).not.toContain('PersistentVolumeClaim+devenv+workspace-devenv-0');
  });

  test('that holds no files is not asked about any', async () => {
    const made = standing();
    const before = made.standing;
    for (const more of [[], ['--yes']]) {
      const { code, stderr } = await made.sandboxctl(['down', 'vault', '--delete-workspaces', ...more]);
      expect([code, stderr]).toEqual([
        1,
        'sandboxctl: --delete-workspaces means the files in the environments, and vault holds none: leave it out, or name environments as well\n',
      ]);
    }
    expect(made.standing).toEqual(before);
    await made.sandboxctl(['down', 'vault', '--yes']);
    expect(made.standing.filter((name) => name.includes('+vault+'))).toEqual([]);
    expect(made.standing).toContain('StatefulSet+devenv+devenv');
    expect(made.asked.filter((line) => line.includes('persistentvolumeclaims'))).toEqual([]);
  });
});

/** A state of Terraform's that knows things by their addresses. */
const stateWith = (...addresses: string[]) =>
  JSON.stringify({
    resources: addresses.map((address) => {
      const [type, name] = address.split('.');
      return { mode: 'managed', type, name, instances: [{}] };
    }),
  });
/** A Terraform that keeps its states in files, and lets go of all that they know. */
const TERRAFORM = `echo "terraform $*" >>"$STUB_CLUSTER/asked"
state=../../../terraform.$(basename "$PWD").tfstate
case "$1" in
  state) cat "$state" ;;
  destroy) cp "$state" "$state.backup"; echo '{"resources": []}' >"$state" ;;
esac`;

/** A platform that Terraform deployed, with all that it leaves in its folder. */
function deployed(): StubPlatform {
  const made = released();
  made.stand(...NAMESPACES, ...VAULT, ...DEVENV, CLAIM);
  made.program('terraform', TERRAFORM);
  made.write('terraform.operators.tfstate', stateWith('helm_release.namespaces'));
  made.write('terraform.workloads.tfstate', stateWith('helm_release.vault', 'helm_release.environments'));
  made.write('.agent-sandbox/ca.crt', 'the authority');
  made.write('.agent-sandbox/upgrade.json', '{}');
  return made;
}
const TRACES = [
  'terraform.operators.tfstate',
  'terraform.operators.tfstate.backup',
  'terraform.workloads.tfstate',
  'terraform.workloads.tfstate.backup',
  '.agent-sandbox',
];

describe('what a platform leaves beside its objects', () => {
  test('goes with all of it', async () => {
    const made = deployed();
    expect(await made.sandboxctl(['down', '--yes'])).toMatchObject({ code: 0, stderr: '' });
    expect(TRACES.filter((file) => made.has(file))).toEqual([]);
  });

  test('stays while a part of it stands', async () => {
    const made = deployed();
    await made.sandboxctl(['down', 'vault', '--yes']);
    expect(TRACES.filter((file) => made.has(file))).toEqual(expect.arrayContaining([TRACES[0], TRACES[2], TRACES[4]]));
  });

  test('stays where it says that things stand, or holds what others put there, and that is said', async () => {
    const made = standing();
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
      const made = standing();
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
      const made = standing();
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
    const made = deployed();
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
