import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Terraform } from '../../lib/operate/platform/terraform';
import { runLasting } from '../../lib/operate/run';

jest.mock('../../lib/operate/run');

const HERE = { config_path: '~/.kube/config', secret_suffix: 'agent-sandbox-vault' };
const before = process.env.KUBECONFIG;

afterEach(() => {
  if (before === undefined) delete process.env.KUBECONFIG;
  else process.env.KUBECONFIG = before;
});

/**
 * What Terraform is told by a plan of a stack.
 * @param backend its arguments, as they are written
 * @param noted what it was told of them before
 */
async function told(backend: object, noted?: object, type = 'kubernetes') {
  const folder = mkdtempSync(join(tmpdir(), 'stack-'));
  writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify({ terraform: { backend: { [type]: backend } } }));
  if (noted) {
    mkdirSync(join(folder, '.terraform'));
    const state = { version: 3, backend: { type, config: { namespace: null, ...noted } } };
    writeFileSync(join(folder, '.terraform/terraform.tfstate'), JSON.stringify(state));
  }
  const lines: string[] = [];
  jest.mocked(runLasting).mockImplementation(async (_, args) => {
    lines.push([args[0], ...args.filter((arg) => /^-(backend|reconf)/.test(arg))].join(' '));
    return { exitCode: 0, stdout: '', stderr: '' } as never;
  });
  await new Terraform({ name: 'vault', folder, dependencies: [] }, folder).plan();
  return lines;
}

describe('a state in the cluster', () => {
  test('is in the one of KUBECONFIG, which may be another one the next time', async () => {
    process.env.KUBECONFIG = '/one';
    const one = '-backend-config=config_path=/one';
    expect(await told(HERE)).toEqual([`init ${one}`, 'plan']);
    expect(await told(HERE, { ...HERE, config_path: '/one' })).toEqual(['plan']);
    expect(await told(HERE, { ...HERE, config_path: '/other' })).toEqual([`init ${one} -reconfigure`, 'plan']);
    expect(await told(HERE, HERE)).toEqual([`init ${one} -reconfigure`, 'plan']);
  });

  test('is found by several files, too', async () => {
    process.env.KUBECONFIG = ['/one', '/two'].join(delimiter);
    const both = { config_path: '', config_paths: ['/one', '/two'] };
    expect(await told(HERE)).toEqual([
      'init -backend-config=config_path= -backend-config=config_paths=["/one","/two"]',
      'plan',
    ]);
    expect(await told(HERE, { ...HERE, ...both })).toEqual(['plan']);
  });

  test('is in that of ~/.kube/config where nobody names another, as for CDKTF', async () => {
    delete process.env.KUBECONFIG;
    expect(await told(HERE)).toEqual(['init', 'plan']);
    expect(await told(HERE, HERE)).toEqual(['plan']);
    expect(await told(HERE, { ...HERE, config_path: '/one' })).toEqual(['init -reconfigure', 'plan']);
  });

  test('that is to be moved otherwise is left to people', async () => {
    process.env.KUBECONFIG = '/one';
    const moved = { ...HERE, secret_suffix: 'before' };
    expect(await told(HERE, moved)).toEqual(['init -backend-config=config_path=/one', 'plan']);
  });

  test.each([
    ['a file that is named', 'kubernetes', { ...HERE, config_path: '/states' }],
    ['a server that is named', 'kubernetes', { ...HERE, host: 'https://states' }],
    ['several files', 'kubernetes', { config_paths: ['/a', '/b'] }],
    ['a file of this machine', 'local', { path: 'terraform.tfstate' }],
  ])('of %s stays there', async (_, type, backend) => {
    process.env.KUBECONFIG = '/other';
    expect(await told(backend, undefined, type)).toEqual(['init', 'plan']);
    expect(await told(backend, backend, type)).toEqual(['plan']);
  });
});
