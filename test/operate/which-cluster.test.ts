import { join } from 'node:path';
import type { Command } from 'commander';
import { makeProgram } from '../../lib/operate/program';
import { bundled } from '../helpers/bundled';
import { ours, StubPlatform } from '../helpers/stub-cluster';

const CLI = bundled('lib/operate/cli.ts');
const SERVERS = {
  here: 'https://here.example.com:6443',
  prod: 'https://prod.example.com',
  two: 'https://two.example.com',
};

/** A platform of one object that Terraform deployed. Its tools note which cluster they are given. */
function platform(settings = '{}\n'): StubPlatform {
  const made = new StubPlatform(CLI, { '20-vault.k8s.yaml': [ours('ConfigMap', 'vault', 'vault')] }, settings);
  made.contexts('here', SERVERS);
  made.release({ workloads: ['vault'] });
  const note = (program: string, ...variables: string[]) =>
    `echo "${program} ${variables.map((name) => `${name}=$${name}`).join(' ')}" >>"$STUB_CLUSTER/asked"`;
  made.program('terraform', note('terraform', 'TF_VAR_kubeconfig', 'KUBE_CTX', 'KUBE_CONFIG_PATHS', 'KUBE_HOST'));
  made.program('synth', note('synth', 'KUBE_CONTEXT'));
  made.write('cdktf.json', '{"app": "synth"}');
  return made;
}

/** The contexts that kubectl was given, and what Terraform and the synth were. */
function given({ asked }: StubPlatform) {
  const of = (program: string) => [
    ...new Set(asked.filter((line) => line.startsWith(program)).map((line) => line.slice(program.length + 1))),
  ];
  const contexts = of('kubectl').map((line) => /^--context (\S+) /.exec(line)?.[1]);
  return { kubectl: [...new Set(contexts)], terraform: of('terraform'), synth: of('synth') };
}

test.each([
  ['the current one, where nothing is said', '{}\n', [], {}, undefined],
  ['that of the settings', 'terraform: {kubeContext: prod}\n', [], {}, 'prod'],
  ['that of the environment before', 'terraform: {kubeContext: prod}\n', [], { KUBE_CONTEXT: 'two' }, 'two'],
  ['what the command line says before all', '{}\n', ['--context', 'two'], { KUBE_CONTEXT: 'prod' }, 'two'],
])('the cluster of kubectl, Terraform and a synth is one: %s', async (_, settings, args, env, context) => {
  const made = platform(settings);
  expect(await made.sandboxctl(['down', '--yes', ...args], env)).toMatchObject({ code: 0 });
  const file = join(made.folder, '.kube/config');
  expect(given(made)).toEqual({
    kubectl: [context],
    terraform: [`TF_VAR_kubeconfig=${file} KUBE_CTX= KUBE_CONFIG_PATHS= KUBE_HOST=`],
    synth: [`KUBE_CONTEXT=${context ?? ''}`],
  });
});

test('what .env says of it counts, and what is wrong in other settings keeps nobody from looking', async () => {
  const made = platform('terraform: {kubeContext: prod}\nenvironments: {count: [\n');
  await made.sandboxctl(['status', '--json']);
  expect(given(made).kubectl).toEqual(['prod']);
  made.write('.env', `KUBE_CONTEXT="\${KUBE_CONTEXT:-two}"\n`);
  await made.sandboxctl(['status', '--json']);
  expect(given(made).kubectl).toEqual(['prod', 'two']);
});

test.each([
  ['is broken where it stands', 'terraform: {kubeContext: [\n', {}, 'terraform.kubeContext: cannot be read'],
  ['is no text', 'terraform: {kubeContext: 7}\n', {}, 'terraform.kubeContext: cannot be read'],
  ['is in a file that is not there', '{}\n', { PLATFORM_FILE: 'prodd.yaml' }, 'prodd.yaml'],
])('no other cluster is taken where a context %s', async (_, settings, env, said) => {
  const made = platform(settings);
  const ended = await made.sandboxctl(['secrets', 'set', 'token'], env);
  expect([ended.code, ended.stderr, made.asked]).toEqual([1, expect.stringContaining(said), []]);
  expect(ended.stderr).toContain('mend: or say by --context which cluster is meant');
  await made.sandboxctl(['status', '--context', 'two'], env);
  expect(given(made).kubectl).toEqual(['two']);
});

test.each(['--context', '--kubeconfig'])(
  'an empty %s, of a variable that is not set, means no cluster',
  async (name) => {
    const made = platform();
    const { code, stderr } = await made.sandboxctl(['down', '--yes', name, '']);
    expect([code, stderr, made.asked]).toEqual([2, expect.stringContaining('it is empty'), []]);
  },
);

test('old backups are in no cluster: what stays of them is asked of nothing else, and said before', async () => {
  const made = platform();
  made.program(
    'restic',
    'echo "restic $*" >>"$STUB_CLUSTER/asked"; [ "$1" = version ] && echo restic 0.18.1 || echo "[]"',
  );
  // Two clusters, of which others would want to know which is meant.
  const env = { RESTIC_PASSWORD: 'any', KUBECONFIG: '/one', TF_VAR_kubeconfig: '/two' };
  const forget = (...args: string[]) => made.sandboxctl(['forget', '--from', '/backups', ...args], env);
  expect(await forget()).toMatchObject({ code: 2, stderr: expect.stringContaining('say what stays') });
  expect(await forget('--context', 'prod')).toMatchObject({ code: 2, stderr: expect.stringContaining('--context') });
  expect(made.asked).toEqual([]);
  expect(await forget('--keep-daily', '7')).toMatchObject({ code: 0 });
  const forgotten = made.asked.filter((line) => /^(restic forget|kubectl)/.test(line));
  expect(forgotten).toEqual(['restic forget --dry-run --json --group-by host,tags --keep-daily 7']);
});

test('which environments are to be kept is seen before anybody is asked for a password', async () => {
  const made = platform();
  for (const args of [
    ['backup', 'nobody', '--to', '/backups'],
    ['restore', 'nobody', '--from', '/backups'],
  ])
    expect(await made.sandboxctl(args)).toMatchObject({ code: 1, stderr: expect.stringContaining('"nobody"') });
});

test('up --kind looks at that cluster before it changes anything, too', async () => {
  const made = platform();
  made.contexts('prod', { ...SERVERS, 'kind-mine': 'https://127.0.0.1:1' });
  const kubeconfig = { clusters: [{ cluster: { 'certificate-authority-data': 'authority of https://127.0.0.1:1' } }] };
  made.program('kind', `case $2 in kubeconfig) echo '${JSON.stringify(kubeconfig)}' ;; *) echo mine ;; esac`);
  await made.sandboxctl(['up', '--kind', 'mine', '--dry-run']);
  expect(given(made).kubectl).toEqual(['kind-mine']);
  expect((await made.sandboxctl(['up', '--kind', 'other', '--dry-run'])).stderr).toContain('no kind cluster other');
});

describe('the kubeconfig', () => {
  const terraformsOf = async (args: readonly string[], env: Record<string, string>) => {
    const made = platform();
    made.write('other', '');
    const elsewhere = { KUBE_CTX: 'prod', KUBE_CONFIG_PATHS: '/other', KUBE_HOST: 'https://other' };
    expect(await made.sandboxctl(['down', '--yes', ...args], { ...elsewhere, ...env })).toMatchObject({ code: 0 });
    return given(made).terraform.map((line) => line.replaceAll(made.folder, ''));
  };
  const only = (files: string) => [`TF_VAR_kubeconfig=${files} KUBE_CTX= KUBE_CONFIG_PATHS= KUBE_HOST=`];

  test('is the same for Terraform, several as well, whatever else its providers would read', async () => {
    expect(await terraformsOf([], { KUBECONFIG: 'one:/two' })).toEqual(only('/one,/two'));
    expect(await terraformsOf([], { TF_VAR_kubeconfig: '~/one' })).toEqual(only('/one'));
    expect(await terraformsOf([], { KUBECONFIG: '', TF_VAR_kubeconfig: '/one' })).toEqual(only('/one'));
    expect(await terraformsOf([], { KUBECONFIG: '' })).toEqual(only('/.kube/config'));
    expect(await terraformsOf(['--kubeconfig', 'other'], { KUBECONFIG: '/one' })).toEqual(only('/other'));
  });

  test.each([
    [[], { KUBECONFIG: '/one', TF_VAR_kubeconfig: '/two' }, 'KUBECONFIG is /one and TF_VAR_kubeconfig /two'],
    [['--kubeconfig', 'nowhere'], {}, '--kubeconfig nowhere: there is no such file'],
  ])('that names two clusters or none is refused: %j %j', async (args, env, said) => {
    const made = platform();
    const ended = await made.sandboxctl(['status', ...args], env);
    expect([ended, made.asked]).toEqual([{ code: 1, stdout: '', stderr: expect.stringContaining(said) }, []]);
  });
});

test('who is asked whether it is meant is told of which cluster', async () => {
  const said = async (...args: string[]) => (await platform().sandboxctl(['down', ...args])).stderr;
  expect(await said()).toBe(
    'sandboxctl: in context here (https://here.example.com:6443) this removes the platform; the files in the environments stay: nobody is there to ask; give --yes if that is meant\n',
  );
  expect(await said('--context', 'prod')).toContain('in context prod (https://prod.example.com) this removes');
});

test('every command that looks at a cluster lets people say which', () => {
  const leaves = (command: Command): Command[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
  const own = leaves(makeProgram()).filter(({ options }) => options.some(({ long }) => long === '--context'));
  const names = own.map((command) => command.name());
  expect(names).toEqual(
    expect.arrayContaining(['check', 'up', 'down', 'status', 'exec', 'doctor', 'rotate', 'restore']),
  );
  expect(names).not.toContain('build');
  expect(names).not.toContain('ssh');
  expect(names).not.toContain('access');
  expect(names).not.toContain('forget');
});
