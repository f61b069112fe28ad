import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { STACKS } from '../../lib/stacks/write';

const EXAMPLE = resolve(__dirname, '../../examples/pipeline');
/** Keeps its arguments, ends a plan with the status that a file of the stack's name holds, and prints an authority. */
const TERRAFORM = `#!/bin/sh
echo "$*" >>calls
stack=\${1##*/}
case $2 in
  plan) [ "$(cat "$stack" 2>/dev/null)" != 2 ] || touch "\${1#-chdir=}/approved.tfplan"; exit "$(cat "$stack" 2>/dev/null || echo 0)" ;;
  output) printf 'the authority' ;;
esac
`;

let project = '';
const executable = (name: string, text: string) => {
  writeFileSync(join(project, 'bin', name), text);
  chmodSync(join(project, 'bin', name), 0o755);
};
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'pipeline-'));
  mkdirSync(join(project, 'bin'));
  for (const stack of STACKS) mkdirSync(join(project, 'cdktf.out/stacks', stack), { recursive: true });
  executable('terraform', TERRAFORM);
  executable('npx', '#!/bin/sh\n');
});
afterEach(() => rmSync(project, { recursive: true }));

const run = (script: string) => {
  const env = { ...process.env, PATH: `${join(project, 'bin')}:${process.env.PATH}` };
  rmSync(join(project, 'calls'), { force: true });
  return spawnSync('bash', [join(EXAMPLE, script)], { cwd: project, env }).status;
};
/** The stacks for which Terraform was called with a verb, in order. */
const calls = (verb: string) =>
  (existsSync(join(project, 'calls')) ? readFileSync(join(project, 'calls'), 'utf8') : '')
    .split('\n')
    .flatMap((line) => (line.split(' ')[1] === verb ? [line.split(' ')[0]?.split('/').pop()] : []));

test('a plan goes through all stacks in their order, with the authority of a platform that others deployed', () => {
  expect(run('plan')).toBe(0);
  expect(calls('plan')).toEqual(STACKS);
  expect(readFileSync(join(project, '.agent-sandbox/ca.crt'), 'utf8')).toBe('the authority');
});

test('it says by its exit status that something would change, and only those plans are applied, each once', () => {
  writeFileSync(join(project, 'vault'), '2');
  expect(run('plan')).toBe(2);
  expect([run('apply'), calls('init'), calls('apply')]).toEqual([0, ['vault'], ['vault']]);
  expect([run('apply'), calls('apply')]).toEqual([0, []]);
});

test.each(['1', '3'])('it ends with 1 where Terraform ends with %s', (status) => {
  writeFileSync(join(project, 'vault'), status);
  expect(run('plan')).toBe(1);
  expect(calls('plan')).toEqual(['operators', 'workloads', 'vault']);
});

describe.each(['github-actions.yml', 'gitlab-ci.yml'])('%s', (file) => {
  const text = readFileSync(join(EXAMPLE, file), 'utf8');
  const definition = parse(text);
  const job = (name: string) => definition.jobs?.[name] ?? definition[name];
  const commands = (name: string): string[] =>
    job(name).steps?.flatMap(({ run: command }: { run?: string }) => command ?? []) ?? [job(name).script];

  test('plans on a push, applies what a person approves, and looks every night', () => {
    for (const [name, script] of [
      ['plan', 'plan'],
      ['apply', 'apply'],
      ['drift', 'plan'],
    ] as const)
      expect(commands(name).join('\n')).toContain(`examples/pipeline/${script}`);
  });

  test('applies once at a time, and from one branch', () => {
    const { concurrency, resource_group, environment, rules } = job('apply');
    expect(concurrency ?? resource_group).toBe('platform');
    expect(environment ?? rules[0].when).toMatch(/^(platform|manual)$/);
    expect(job('apply').if ?? rules[0].if).toMatch(/default_branch/i);
  });
});
