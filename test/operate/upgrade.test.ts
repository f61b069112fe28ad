import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Kubectl, type KubeObject } from '../../lib/operate/cluster/kubectl';
import { Failure } from '../../lib/operate/failure';
import { type Part, Project } from '../../lib/operate/platform/project';
import { Selection } from '../../lib/operate/platform/selection';
import { type UpArguments, up } from '../../lib/operate/platform/up';
import { planOf } from '../../lib/operate/platform/upgrade/plan';
import { planText } from '../../lib/operate/platform/upgrade/plan-text';
import { Upgrade } from '../../lib/operate/platform/upgrade/upgrade';

jest.mock('../../lib/operate/platform/up', () => ({
  ...jest.requireActual('../../lib/operate/platform/up'),
  up: jest.fn(),
}));
// Nothing is waited for that no cluster has.
jest.mock('../../lib/operate/platform/watch', () => ({
  Watch: class {
    becomesReady = async () => {};
  },
}));
jest.mock('../../lib/operate/tasks', () => ({ runTasks: async () => [] }));

const workload = (name: string, image: string, kind = 'StatefulSet', instance = name): KubeObject => ({
  kind,
  metadata: { name, namespace: name, labels: { 'app.kubernetes.io/instance': instance }, generation: 1 },
  spec: { replicas: 1, template: { spec: { containers: [{ name: 'schema', image, command: ['/bin/sh'] }] } } },
  status: { observedGeneration: 1, updatedReplicas: 1, readyReplicas: 1 },
});
const NAMES = ['vault', 'keycloak', 'environments'];
const partsWith = (version: number): Part[] =>
  NAMES.map((name, index) => ({
    name,
    files: [`dist/${index}0-${name}.k8s.yaml`],
    objects: [workload(name, `${name}:${version}`)],
    needsOperator: false,
  }));

/** A cluster that has these objects just as they are to be. */
const having = (isThere: (object: KubeObject) => boolean): Kubectl['run'] => {
  const stdout = (input: string) => JSON.stringify({ items: JSON.parse(input).items.filter(isThere) });
  return async (_args, { input } = {}) =>
    ({ exitCode: 0, stdout: input ? stdout(String(input)) : '', stderr: '' }) as never;
};

let folder: string;
/** Settings that are synthesized, in their order. */
let synthesized: string[];
const file = () => readFileSync(join(folder, 'platform.yaml'), 'utf8');
const journal = () => join(folder, '.agent-sandbox/upgrade.json');
const BEFORE = '# ours\nimages:\n  vault: one # at first\n';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upgrade-test-'));
  synthesized = [];
  writeFileSync(join(folder, 'platform.yaml'), BEFORE);
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  jest.spyOn(Project.prototype, 'synth').mockImplementation(async () => {
    synthesized.push(file());
    return [];
  });
  jest.spyOn(Project.prototype, 'stacks').mockReturnValue([]);
  jest.spyOn(Project.prototype, 'parts').mockReturnValue(partsWith(2));
  jest
    .spyOn(Kubectl.prototype, 'list')
    .mockImplementation(async (kinds) =>
      /deployments/.test(kinds) ? partsWith(1).flatMap(({ objects }) => objects) : [],
    );
  jest.spyOn(Kubectl.prototype, 'answer').mockResolvedValue('');
  // Of the parts, Keycloak's is as it has to be.
  jest.spyOn(Kubectl.prototype, 'run').mockImplementation(having(({ metadata }) => metadata.name === 'keycloak'));
});

afterEach(() => jest.restoreAllMocks());

const upgradeTo = (settings: Record<string, unknown>) =>
  Upgrade.of({ folder, settings, by: 'kubectl', timeout: 1, json: true });
/** What `up` is asked for; where it fails for a step, that is what it says. */
function deploys(failing: (given: UpArguments) => string | undefined = () => undefined): string[] {
  const steps: string[] = [];
  jest.mocked(up).mockImplementation(async (given) => {
    const failure = failing(given);
    steps.push(`${given.only.join() || 'all'}${given.mayShrink ? ' back' : ''}${/two/.test(file()) ? ' two' : ''}`);
    if (failure) throw new Failure(failure);
    return [];
  });
  return steps;
}

describe('an upgrade', () => {
  test('shows what changes, and changes nothing', async () => {
    const { plan } = await upgradeTo({ 'images.vault': 'two' });
    expect(plan.images).toContainEqual({ part: 'vault', workloads: ['vault'], from: 'vault:1', to: 'vault:2' });
    expect(plan.steps).toEqual(['vault', 'environments']);
    expect([file(), existsSync(journal())]).toEqual([BEFORE, false]);
  });

  test('goes part by part, then over all of it', async () => {
    const steps = deploys();
    await (await upgradeTo({ 'images.vault': 'two' })).run();
    expect(steps).toEqual(['vault two', 'environments two', 'all two']);
    expect([file(), existsSync(journal())]).toEqual([BEFORE.replace('one', 'two'), false]);
  });

  test('whose step fails takes all back, the last step first, and says so', async () => {
    const steps = deploys(({ only, mayShrink }) =>
      only[0] === 'environments' && !mayShrink ? 'environments Ready: it crashes' : undefined,
    );
    const upgrade = await upgradeTo({ 'images.vault': 'two' });
    jest.spyOn(Kubectl.prototype, 'list').mockResolvedValue([{ metadata: { name: 'devenv-0' }, status: {} }]);
    jest.spyOn(Kubectl.prototype, 'run').mockResolvedValue({ stdout: 'no sshd\n' } as never);
    await expect(upgrade.run()).rejects.toThrow(/it crashes\ndevenv-0 said: no sshd\nall is back as it was/);
    expect(steps).toEqual(['vault two', 'environments two', 'environments back', 'vault back', 'all back']);
    expect([file(), existsSync(journal())]).toEqual([BEFORE, false]);
  });

  test('whose step fails ends what only the other version has, and of that nothing of somebody else’s', async () => {
    const [job, others] = ['schema-two', 'theirs'].map((name) => workload(name, 'vault:2', 'Job'));
    const [part, ...rest] = partsWith(2);
    const wanted = { ...part, objects: [...part.objects, job, others] };
    jest.spyOn(Project.prototype, 'parts').mockReturnValueOnce([wanted, ...rest]);
    const upgrade = await upgradeTo({ 'images.vault': 'two' });
    const standing = partsWith(2).flatMap(({ objects }) => objects);
    jest
      .spyOn(Kubectl.prototype, 'list')
      .mockImplementation(async (_, { selector } = {}) => [...standing, job, ...(selector ? [] : [others])]);
    const ended = jest.spyOn(Kubectl.prototype, 'deleteAll').mockResolvedValue();
    deploys(({ mayShrink }) => (mayShrink ? undefined : 'it crashes'));
    await expect(upgrade.run()).rejects.toThrow(/it crashes\n.*all is back as it was/s);
    expect(ended.mock.calls.map(([objects]) => objects)).toEqual([[job]]);
  });

  const ORDER = ['operators', 'vault', 'keycloak', 'boundary', 'environments'];
  test.each(ORDER)('whose step %s fails takes back that and what came before, in the other order', async (failing) => {
    const parts = ORDER.slice(1).map((name) => ({ name, files: [], objects: [], needsOperator: false }));
    jest.spyOn(Project.prototype, 'parts').mockReturnValue(parts);
    jest.spyOn(Project.prototype, 'stacks').mockReturnValue([{ name: 'operators', folder: '', dependencies: [] }]);
    const upgrade = await Upgrade.of({
      folder,
      settings: { 'images.vault': 'two' },
      by: 'kubectl',
      timeout: 1,
      json: true,
    });
    Object.assign(upgrade, { plan: { ...upgrade.plan, steps: ORDER } });
    const steps = deploys(({ only, mayShrink }) => (only[0] === failing && !mayShrink ? 'it crashes' : undefined));
    await expect(upgrade.run()).rejects.toThrow(/it crashes\n.*all is back as it was/s);
    const begun = ORDER.slice(0, ORDER.indexOf(failing) + 1);
    expect(steps).toEqual([
      ...begun.map((step) => `${step} two`),
      ...[...begun].reverse().map((step) => `${step} back`),
      'all back',
    ]);
    expect([file(), existsSync(journal())]).toEqual([BEFORE, false]);
  });

  test('that cannot be taken back says so, and the file is as it was', async () => {
    deploys(() => 'broken');
    const upgrade = await upgradeTo({ 'images.vault': 'two' });
    await expect(upgrade.run()).rejects.toThrow(/broken\n.*is as it was, but going back failed as well: broken/);
    expect(file()).toBe(BEFORE);
  });

  test('that was killed goes on, and still knows the way back', async () => {
    jest.mocked(up).mockRejectedValueOnce(new Failure('interrupted', 130));
    await expect((await upgradeTo({ 'images.vault': 'two' })).run()).rejects.toThrow('interrupted');
    expect([file(), existsSync(journal())]).toEqual([BEFORE.replace('one', 'two'), true]);
    deploys(({ mayShrink }) => (mayShrink ? undefined : 'broken'));
    await expect((await upgradeTo({ 'images.vault': 'two' })).run()).rejects.toThrow(/all is back/);
    expect(file()).toBe(BEFORE);
  });

  test('without settings promises no way back, and takes none', async () => {
    const upgrade = await upgradeTo({});
    expect(upgrade.plan.notes).toContainEqual(expect.stringMatching(/^a step that fails is where it stops/));
    const steps = deploys(() => 'broken');
    await expect(upgrade.run()).rejects.toThrow(/it stopped there, and nothing was taken back/);
    expect(steps).toEqual(['vault']);
  });

  test('that has nothing to do says so', async () => {
    jest.spyOn(Project.prototype, 'parts').mockReturnValue(partsWith(1));
    jest.spyOn(Kubectl.prototype, 'run').mockImplementation(having(() => true));
    const upgrade = await upgradeTo({});
    expect([upgrade.isDone, planText(upgrade.plan)]).toEqual([true, expect.stringMatching(/^nothing to upgrade/)]);
  });

  test.each([[{ 'images.vault.tag': 'x' }, /has a value at images.vault, so that it can have no images.vault.tag/]])(
    'refuses %j, and the file is as it was',
    async (settings, message) => {
      await expect(upgradeTo(settings)).rejects.toThrow(message);
      expect(file()).toBe(BEFORE);
    },
  );
});

describe('a plan', () => {
  const releaseOf = (name: string, version: string) => {
    const release = gzipSync(JSON.stringify({ name, chart: { metadata: { version } } })).toString('base64');
    return { metadata: { name }, data: { release: Buffer.from(release).toString('base64') } };
  };
  const DIGESTS = ['0.1.0-xaaaaaaaaaaaa', '0.1.0-xbbbbbbbbbbbb'];

  test('by Terraform has the charts of operators first, and the parts whose own charts are others', async () => {
    const release = (name: string, version: string) => ({ name, namespace: 'kube-system', chart: './charts', version });
    const stack = (name: string, releases: object) => {
      const place = mkdtempSync(join(tmpdir(), 'stack-'));
      writeFileSync(join(place, 'cdk.tf.json'), JSON.stringify({ resource: { helm_release: releases } }));
      return { name, folder: place, dependencies: [] };
    };
    jest.spyOn(Project.prototype, 'stacks').mockReturnValue([
      stack('operators', { operator: release('operator', '1.5.0') }),
      stack('workloads', {
        vault: release('agent-sandbox-vault', DIGESTS[0]),
        keycloak: release('agent-sandbox-keycloak', DIGESTS[0]),
        environments: release('agent-sandbox-environments', DIGESTS[0]),
      }),
      stack('delivery', {}),
    ]);
    const standing = [
      releaseOf('operator', '1.4.1'),
      releaseOf('agent-sandbox-vault', DIGESTS[0]),
      releaseOf('agent-sandbox-keycloak', DIGESTS[1]),
    ];
    const names = [...standing.map(({ metadata }) => metadata.name), 'agent-sandbox-environments'];
    jest.spyOn(Kubectl.prototype, 'answer').mockImplementation(async (args) =>
      args.includes('json')
        ? JSON.stringify({ items: standing })
        : names
            .map((name) => {
              const status = name.endsWith('environments') ? 'failed' : 'deployed';
              return `kube-system  sh.helm.release.v1.${name}.v3  helm.sh/release.v1  1  2m  ${name}  ${status}`;
            })
            .join('\n'),
    );
    const { plan } = await planOf(new Kubectl(), new Selection(new Project('')), 'terraform');
    expect(plan.charts).toEqual([{ name: 'operator', from: '1.4.1', to: '1.5.0' }]);
    // A release that failed is none that stands.
    expect(plan.steps).toEqual(['operators', 'keycloak', 'environments']);
  });

  test('says that a migrated schema stays, before Boundary is another version', async () => {
    const job = (image: string) => workload(`schema-${image}`, image, 'Job', 'boundary-schema');
    const part = (image: string) => ({ name: 'boundary', files: [], objects: [job(image)], needsOperator: false });
    jest.spyOn(Project.prototype, 'parts').mockReturnValue([part('boundary:2')]);
    const notesWith = async (standing: KubeObject[]) => {
      jest.spyOn(Kubectl.prototype, 'list').mockImplementation(async (kinds) => (/jobs/.test(kinds) ? standing : []));
      return (await planOf(new Kubectl(), new Selection(new Project('')), 'kubectl')).plan.notes;
    };
    expect(await notesWith([job('boundary:1')])).toEqual([expect.stringMatching(/never back: sandboxctl backup/)]);
    expect(await notesWith([job('boundary:2')])).toEqual([]);
    expect(await notesWith([])).toEqual([]);
  });

  test('is a line for each thing, and names few of many', () => {
    const workloads = ['a', 'b', 'c', 'd', 'e'];
    const text = planText({
      charts: [],
      images: [{ part: 'environments', workloads, from: 'x:1', to: 'x:2' }],
      volumes: [{ namespace: 'devenv', claim: 'workspace-devenv-0', from: '1Gi', to: '2Gi' }],
      steps: ['environments'],
      notes: ['note this'],
    });
    expect(text.split('\n')).toEqual([
      'image   a, b, c and 2 more         x:1 -> x:2',
      'volume  devenv/workspace-devenv-0  1Gi -> 2Gi',
      'order: environments; then what is inside Vault and Boundary',
      'note: note this',
    ]);
  });
});
