import { bundled } from '../helpers/bundled';
import { DEVENV, NAMESPACES, platform, released, standing, VAULT } from '../helpers/removed-platform';
import { ours, theirs } from '../helpers/stub-cluster';

const CLI = bundled('lib/operate/cli.ts');

describe("somebody else's objects of the platform's names", () => {
  const FOREIGN = [
    theirs('Namespace', 'devenv'),
    theirs('StatefulSet', 'devenv', 'devenv'),
    theirs('Role', 'programs', 'devenv'),
  ];
  const KEPT = ['Namespace+devenv', 'Role+devenv+programs', 'StatefulSet+devenv+devenv'];

  test('are not taken over by up, of whatever kind, which names them before it touches anything', async () => {
    const made = platform(CLI);
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
    const made = platform(CLI);
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
    const made = released(CLI);
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
    const made = released(CLI);
    made.stand(...NAMESPACES, ...VAULT, ...DEVENV);
    made.stand(ours('VaultAuth', 'own', 'devenv'), theirs('VaultAuth', 'theirs', 'elsewhere'));
    const { code, stderr } = await made.sandboxctl(['down', '--yes']);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/would go with the operator's kinds; .*first: VaultAuth elsewhere\/theirs$/m),
    ]);
  });
});

describe('a part of a platform', () => {
  test('that is removed leaves the others, and its files', async () => {
    const made = standing(CLI);
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
    const made = standing(CLI);
    await made.sandboxctl(['down', 'environments', '--delete-workspaces', '--yes']);
    expect(made.standing).not.toContain('PersistentVolumeClaim+devenv+workspace-devenv-0');
  });

  test('that holds no files is not asked about any', async () => {
    const made = standing(CLI);
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
