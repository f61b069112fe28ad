import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kubectl, type KubeObject } from '../../lib/operate/cluster/kubectl';
import { Failure } from '../../lib/operate/failure';
import { Project } from '../../lib/operate/platform/project';
import { type UpArguments, up } from '../../lib/operate/platform/up';
import { planText } from '../../lib/operate/platform/upgrade/plan-text';
import { Upgrade } from '../../lib/operate/platform/upgrade/upgrade';
import { partsWith, standAtOne, workload } from '../helpers/versioned';

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
  standAtOne();
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
