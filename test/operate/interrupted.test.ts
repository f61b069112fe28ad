import { bundled } from '../helpers/bundled';
import { type Ended, Stand } from '../helpers/stand';

const CLI = bundled('lib/operate/cli.ts');

const labels = { 'app.kubernetes.io/part-of': 'agent-sandbox-platform' };
const ENVIRONMENTS = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: {
    name: 'devenv',
    namespace: 'devenv',
    labels: { ...labels, 'app.kubernetes.io/component': 'environment' },
  },
  spec: { replicas: 1, template: { spec: { containers: [{ name: 'devenv', image: 'devenv:1' }] } } },
};
const CLASS = { metadata: { name: 'local', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } };

/** A cluster in which nothing ever becomes Ready; what is more of it is said by a script first. */
const never = (more = '') => `echo "$*" >> "$STAND/args"
${more}
case "$*" in
  version*) echo '{"serverVersion": {"gitVersion": "v1.35.0"}}' ;;
  auth*) echo yes ;;
  create*) echo '{"metadata": {"name": "sandboxctl-check-abcde"}}' ;;
  *ignore-not-found*json*) ;;
  'get storageclasses'*) echo '{"items": [${JSON.stringify(CLASS)}]}' ;;
  get*) echo '{"items": []}' ;;
esac`;

const stand = (kubectl: string) =>
  new Stand(CLI)
    .platform({ '50-environments.k8s.yaml': [ENVIRONMENTS] })
    .program('kubectl', kubectl)
    .program('terraform', 'echo Terraform v1.11.0');
const INTERRUPTED = 'sandboxctl: interrupted: run the same again to go on\n';
/** What the command line itself says: the list of tasks tells which of them failed. */
const said = ({ code, stderr }: Ended) => [code, stderr.replace(/^✖.*\n/gm, '')];

describe.each(['terminal', 'process'] as const)('a command line that is interrupted, by its %s,', (whom) => {
  test('has removed what it made to try things out', async () => {
    const place = stand(never());
    const check = place.start(['check']);
    await check.until(() => place.read('args').includes('get pods --namespace sandboxctl-check'));
    check.interrupt(whom);
    expect(await check.ended).toEqual({ code: 130, stdout: '', stderr: INTERRUPTED });
    expect(place.read('args')).toContain('delete namespace sandboxctl-check-abcde');
  });

  test('waits no longer, and says once what goes on', async () => {
    const place = stand(never());
    const up = place.start(['up', '--by', 'kubectl']);
    await up.until(() => up.stdout.includes('is not there yet'));
    up.interrupt(whom);
    expect(said(await up.ended)).toEqual([130, INTERRUPTED]);
  });

  test('says so in JSON where that is asked for', async () => {
    const place = stand(never());
    const up = place.start(['up', '--by', 'kubectl', '--json']);
    await up.until(() => place.read('args').includes('get events'));
    up.interrupt(whom);
    const { code, stdout } = await up.ended;
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      130,
      { failure: 'interrupted: run the same again to go on', status: 130 },
    ]);
  });

  test('begins no step that comes later', async () => {
    const place = stand(
      never('case $1 in apply) touch "$STAND/begun"; while [ ! -e "$STAND/go" ]; do sleep 0.05; done ;; esac'),
    );
    const up = place.start(['up', '--by', 'kubectl'], { PARALLEL: 'false' });
    await up.until(() => place.read('args').includes('apply'));
    up.interrupt(whom);
    place.write('go');
    expect(said(await up.ended)).toEqual([130, INTERRUPTED]);
    expect(place.read('args')).not.toContain('get events');
  });
});

test('a command line whose terminal is closed has removed what it made to try things out', async () => {
  const place = stand(never());
  const check = place.start(['check']);
  await check.until(() => place.read('args').includes('get pods --namespace sandboxctl-check'));
  check.interrupt('process', 'SIGHUP');
  expect(await check.ended).toEqual({ code: 130, stdout: '', stderr: INTERRUPTED });
  expect(place.read('args')).toContain('delete namespace sandboxctl-check-abcde');
});

describe('a command line that nobody reads any more', () => {
  test('lets Terraform come to its end, and says that it was not through', async () => {
    const place = stand(never()).program(
      'terraform',
      'case $1 in plan) exit 2 ;; apply) touch "$STAND/begun"; while [ ! -e "$STAND/go" ]; do sleep 0.05; done; touch "$STAND/done" ;; esac',
    );
    const up = place.pipe(['up'], 'head -n 1; touch "$STAND/unread"');
    await up.until(() => place.has('begun') && place.has('unread'));
    place.write('go');
    expect(await up.ended).toMatchObject({ code: 130 });
    expect(place.has('done')).toBe(true);
  });

  test('is no fault where nothing is at work', async () => {
    const place = stand(never());
    const help = place.pipe(['--help'], 'true');
    expect((await help.ended).code).toBe(0);
  });
});

describe('Terraform, once its command line is interrupted,', () => {
  const WORKING = `case $1 in
plan) exit 2 ;;
apply)
  trap 'touch "$STAND/asked"' INT
  touch "$STAND/begun"
  while [ ! -e "$STAND/go" ]; do sleep 0.05; done
  touch "$STAND/done" ;;
esac`;
  const applying = async () => {
    const place = stand(never()).program('terraform', WORKING);
    const up = place.start(['up']);
    await up.until(() => place.has('begun'));
    return { place, up };
  };

  test('comes to the end of what it does, asked once by a terminal', async () => {
    const { place, up } = await applying();
    up.interrupt('terminal');
    await up.until(() => place.has('asked'));
    place.write('go');
    expect(await up.ended).toMatchObject({ code: 130 });
    expect(place.has('done')).toBe(true);
  });

  test('is left to its work by a command line that is asked to end twice', async () => {
    const { place, up } = await applying();
    up.interrupt('process');
    await up.until(() => up.stdout.includes('interrupted once more, this ends at once'));
    up.interrupt('process');
    expect((await up.ended).code).toBe(130);
    expect(place.has('done')).toBe(false);
    place.write('go');
    await place.until(() => place.has('done'));
  });
});

test('what is made to try things out is removed where something else fails meanwhile, too', async () => {
  const fails = `case "$*" in
'get nodes'*) while [ ! -e "$STAND/made" ]; do sleep 0.05; done; exit 1 ;;
'get pods'*) exit 1 ;;
create*) touch "$STAND/made" ;;
'delete namespace'*) touch "$STAND/deleting"; while [ ! -e "$STAND/go" ]; do sleep 0.05; done; touch "$STAND/deleted" ;;
esac`;
  const place = stand(never(fails));
  const check = place.start(['check']);
  await check.until(() => place.has('deleting'));
  place.write('go');
  expect((await check.ended).code).toBe(1);
  expect(place.has('deleted')).toBe(true);
});
