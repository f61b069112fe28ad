import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Failure } from '../../lib/operate/failure';
import { Order } from '../../lib/operate/platform/order';
import { Project } from '../../lib/operate/platform/project';
import { quantity } from '../../lib/operate/platform/resources';
import { Selection } from '../../lib/operate/platform/selection';

describe('the parts of a platform', () => {
  // Its stacks are written by a synth, which other tests do not wait for.
  const project = new Project(resolve(__dirname, '../..'));
  const stacks = [
    { name: 'operators', folder: '', dependencies: [] },
    { name: 'workloads', folder: '', dependencies: ['operators'] },
    { name: 'vault', folder: '', dependencies: ['workloads'] },
  ];
  project.stacks = () => stacks;
  const names = ({ parts, stacks: chosen }: Selection) => [
    parts.map(({ name }) => name),
    chosen.map(({ name }) => name),
  ];

  test('are its files, in their order', () => {
    expect(names(new Selection(project))).toEqual([
      ['namespaces', 'certificates', 'vault', 'keycloak', 'boundary', 'environments', 'secret-delivery', 'secrets'],
      ['operators', 'workloads', 'vault'],
    ]);
    expect(
      project
        .parts()
        .filter(({ needsOperator }) => needsOperator)
        .map(({ name }) => name),
    ).toEqual(['secrets']);
  });

  test('are meant by name, together with what carries them out', () => {
    const selection = new Selection(project, ['environments']);
    expect(names(selection)).toEqual([['environments'], ['workloads']]);
    expect(selection.targetsOf(stacks[1])).toEqual(['helm_release.environments']);
    expect(new Selection(project).targetsOf(stacks[1])).toEqual([]);
    expect(names(new Selection(project, [], ['vault', 'keycloak']))[1]).toEqual(['operators', 'workloads']);
  });

  test('are carried out by stacks that know all that stand before them, which may be left out in between', () => {
    const folder = mkdtempSync(join(tmpdir(), 'project-'));
    const stackOf = (name: string, ...dependencies: string[]) => ({ name, dependencies, workingDirectory: name });
    mkdirSync(join(folder, 'cdktf.out'));
    writeFileSync(
      join(folder, 'cdktf.out/manifest.json'),
      JSON.stringify({
        stacks: [stackOf('boundary', 'vault'), stackOf('vault', 'workloads'), stackOf('workloads')],
      }),
    );
    expect(new Project(folder).stacks().map(({ name, dependencies }) => [name, dependencies])).toEqual([
      ['workloads', []],
      ['vault', ['workloads']],
      ['boundary', ['workloads', 'vault']],
    ]);
  });

  test('are of the same releases, whichever of them are meant', () => {
    const folder = mkdtempSync(join(tmpdir(), 'releases-'));
    const vault = { name: 'second-vault', namespace: 'kube-system' };
    writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify({ resource: { helm_release: { vault } } }));
    const other = mkdtempSync(join(tmpdir(), 'releases-'));
    writeFileSync(join(other, 'cdk.tf.json'), '{}');
    const released = new Project('.');
    released.parts = () => project.parts();
    released.stacks = () => stacks.map((stack) => ({ ...stack, folder: stack.name === 'workloads' ? folder : other }));
    expect(new Selection(released).releasePrefix).toBe('second');
    expect(new Selection(released, [], ['workloads']).releasePrefix).toBe('second');
  });

  test('that are not there are said to be none', () =>
    expect(() => new Selection(project, ['vaults'])).toThrow(
      /^this platform has no part "vaults"; it has namespaces, .*boundary/,
    ));
});

describe('an order of steps', () => {
  const never = new AbortController().signal;

  test('begins each after those that it needs', async () => {
    const seen: string[] = [];
    const order = new Order(['a', 'b', 'c'], never);
    const step = (name: string, before: string[]) => order.run(name, before, async () => void seen.push(name));
    await Promise.all([step('c', ['b']), step('b', ['a', 'nobody']), step('a', [])]);
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  test('leaves out what needs something that failed, and says so', async () => {
    const order = new Order(['a', 'b'], never);
    const failed = order.run('a', [], () => Promise.reject(new Failure('broken')));
    const later = order.run('b', ['a'], async () => 'done');
    await expect(failed).rejects.toThrow('broken');
    await expect(later).rejects.toThrow('left out');
    expect(order.failed.aborted).toBe(true);
  });

  test('begins nothing once somebody interrupts', async () => {
    const controller = new AbortController();
    const order = new Order(['a'], controller.signal);
    controller.abort(new Failure('interrupted'));
    await expect(order.run('a', [], async () => 'done')).rejects.toThrow('interrupted');
  });
});

test.each([
  ['100m', 0.1],
  ['2', 2],
  ['64Mi', 64 * 2 ** 20],
  ['1e3', 1000],
  ['250000000n', 0.25],
  [undefined, 0],
])('the quantity %s', (text, value) => expect(quantity(text)).toBeCloseTo(value));
