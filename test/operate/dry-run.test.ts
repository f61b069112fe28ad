import { gzipSync } from 'node:zlib';
import type { KubeObject } from '../../lib/operate/cluster/kubectl';
import { withoutDropped } from '../../lib/operate/platform/object-text';
import { bundled } from '../helpers/bundled';
import { Stand } from '../helpers/stand';

const CLI = bundled('lib/operate/cli.ts');
const [OLD, NEW, KEPT] = ['b2xkLXZhbHVl', 'bmV3LXZhbHVl', 'a2VwdC12YWx1ZQ=='];

const named = (kind: string, name: string, more: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'devenv', ...metadata },
  ...more,
});
const SECRET = named('Secret', 'login', { data: { password: NEW, user: KEPT, added: NEW } });
const SETTINGS = named('ConfigMap', 'settings', { data: { limit: '2' } });
const LIVE = [
  named(
    'Secret',
    'login',
    { data: { password: OLD, user: KEPT } },
    {
      resourceVersion: '1',
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":{"password":"${OLD}"}}` },
    },
  ),
  named('ConfigMap', 'settings', { data: { limit: '1', dropped: 'x', theirs: 'y' } }, { managedFields: [] }),
];
/** As the API server merges them: it keeps what is Helm's. */
const MADE = [SECRET, named('ConfigMap', 'settings', { data: { limit: '2', dropped: 'x', theirs: 'y' } })];
const DEPLOYED = [
  named('Secret', 'login', { data: { password: OLD, user: KEPT } }),
  named('ConfigMap', 'settings', { data: { limit: '1', dropped: 'x' } }),
  named('ConfigMap', 'former'),
];
const DEPLOYED_BY = 'app.kubernetes.io/managed-by';
const NEW_ONE = named('ConfigMap', 'new');
const RELEASE = {
  helm_release: { environments: { name: 'agent-environments', namespace: 'kube-system', version: '1' } },
};

const list = (items: readonly KubeObject[]) => JSON.stringify({ items });
const manifest = DEPLOYED.map((object) => JSON.stringify(object)).join('\n---\n');
const content = JSON.stringify({ name: 'agent-environments', chart: { metadata: { version: '1' } }, manifest });
const record = { data: { release: Buffer.from(gzipSync(content).toString('base64')).toString('base64') } };

/** A cluster with these objects, and what its API server says of those that are to be. */
function stand(live = LIVE, made = MADE, refused = ''): Stand {
  const place = new Stand(CLI)
    .platform({ '50-environments.k8s.yaml': [SECRET, SETTINGS, NEW_ONE] }, RELEASE)
    .program(
      'kubectl',
      `echo "$*" >> "$STAND/args"
case "$*" in
'get --ignore-not-found'*) 
  asked=$(cat)
  [ -e "$STAND/unknown" ] && echo "$asked" | grep -q Widget && { echo 'no matches for kind "Widget"' >&2; exit 1; }
  cat "$STAND/live" ;;
apply*)
  given=$(cat)
  echo "$given" > "$STAND/given"
  ${refused}
  cat "$STAND/would" ;;
'get secrets --all-namespaces'*) echo 'kube-system record.v1 helm.sh/release.v1 1 2m agent-environments deployed' ;;
'get secrets record.v1'*) cat "$STAND/record" ;;
*ignore-not-found*) ;;
get*) echo '{"items": []}' ;;
esac`,
    )
    .program(
      'terraform',
      `case $1 in
plan) [ -e "$STAND/unchanged" ] || { echo 'a plan'; exit 2; } ;;
show) echo '{"resource_changes": [{"type": "helm_release", "name": "environments", "change": {"actions": ["update"]}}]}' ;;
esac`,
    );
  place.write('live', list(live));
  place.write('would', list(made));
  place.write('record', JSON.stringify(record));
  return place;
}

interface Difference {
  readonly name: string;
  readonly changes: boolean;
  readonly text: string;
}
const differences = async (place: Stand, ...args: string[]): Promise<Difference[]> =>
  JSON.parse((await place.run(['up', '--dry-run', '--json', ...args])).stdout);
const ofPart = async (place: Stand, ...args: string[]) =>
  (await differences(place, ...args)).find(({ name }) => name === 'environments') as Difference;

describe.each(['terraform', 'kubectl'])('up --dry-run by %s', (by) => {
  test('shows what changes of each object, and no value of a Secret', async () => {
    const place = stand();
    const json = await place.run(['up', '--dry-run', '--by', by, '--json']);
    const text = await place.run(['up', '--dry-run', '--by', by]);
    for (const { code, stdout, stderr } of [json, text]) {
      expect([code, stderr]).toEqual([0, '']);
      for (const value of [OLD, NEW, KEPT])
        for (const told of [value, Buffer.from(value, 'base64').toString()]) expect(stdout).not.toContain(told);
    }
    const lines = text.stdout.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        '-  password: "*** (before)"',
        '+  password: "*** (after)"',
        '+  added: "*** (after)"',
        '   user: "***"',
        '-  limit: "1"',
        '+  limit: "2"',
        '+ ConfigMap devenv/new',
      ]),
    );
  });

  test('hides what tools keep of a Secret in annotations of their own', async () => {
    const [login, settings] = LIVE;
    const annotated = (object: KubeObject, value: string) => {
      const annotations = { 'kapp.k14s.io/original': `{"data":{"password":"${value}"}}` };
      return { ...object, metadata: { ...object.metadata, annotations } };
    };
    const place = stand([annotated(login, OLD), settings], [annotated(SECRET, NEW), SETTINGS]);
    const { text } = await ofPart(place, '--by', by);
    expect(text).toContain('-    kapp.k14s.io/original: "*** (before)"');
    for (const value of [OLD, NEW]) expect(text).not.toContain(value);
  });

  test('shows what changes of others where nobody brought a kind yet', async () => {
    const brought = named('Widget', 'new');
    const place = stand().platform({ '50-environments.k8s.yaml': [SECRET, SETTINGS, brought] }, RELEASE);
    place.write('unknown', 'Widget');
    const { text } = await ofPart(place, '--by', by);
    expect(text.split('\n')).toEqual(expect.arrayContaining(['+ Widget devenv/new', '-  limit: "1"', '+  limit: "2"']));
  });

  test('changes nothing', async () => {
    const place = stand();
    await differences(place, '--by', by);
    const written = place
      .read('args')
      .split('\n')
      .filter((line) => /^(apply|create|delete|patch|replace)/.test(line));
    expect(written.length).toBeGreaterThan(0);
    for (const line of written) expect(line).toContain('--dry-run=server');
  });

  test('asks about what is there alone: where a namespace is new, nothing in it can be tried', async () => {
    const place = stand();
    await differences(place, '--by', by);
    const given = JSON.parse(place.read('given')).items.map(({ metadata }: KubeObject) => metadata.name);
    expect(given).toEqual(['login', 'settings']);
  });

  test('says that nothing changes where nothing does', async () => {
    const deployedBy = (tool: string) => named('ConfigMap', 'new', {}, { labels: { [DEPLOYED_BY]: tool } });
    const place = stand([...MADE, deployedBy('Helm')], [...MADE, deployedBy('cdk8s')]);
    place.write(
      'record',
      JSON.stringify(record).replace(record.data.release, withManifest([SECRET, SETTINGS, NEW_ONE])),
    );
    expect(await ofPart(place, '--by', by)).toEqual({ name: 'environments', changes: false, text: '' });
  });
});

const withManifest = (objects: readonly KubeObject[]) => {
  const packed = JSON.stringify({
    ...JSON.parse(content),
    manifest: objects.map((one) => JSON.stringify(one)).join('\n---\n'),
  });
  return Buffer.from(gzipSync(packed).toString('base64')).toString('base64');
};

describe('up --dry-run by Terraform', () => {
  test('shows what the files say no more, and nothing of what others added', async () => {
    const { changes, text } = await ofPart(stand());
    expect(changes).toBe(true);
    expect(text.split('\n')).toEqual(
      expect.arrayContaining(['- ConfigMap devenv/former', '-  dropped: x', '   theirs: y']),
    );
  });

  test('tells what somebody changed by hand from what is carried out', async () => {
    const place = stand([...LIVE, NEW_ONE], [...MADE, NEW_ONE]);
    place.write('unchanged');
    const [stack, part] = await differences(place);
    expect(stack).toEqual({ name: 'workloads', changes: false, text: '' });
    expect([part.changes, part.text.split('\n')[0]]).toEqual([
      false,
      '# differs from what was deployed, and stays so: Terraform changes what changed in the files',
    ]);
  });
});

describe('up --dry-run by kubectl', () => {
  const of = (name: string) => `echo "$given" | grep -q '"name":"${name}"' &&`;

  test('shows the others where one object cannot be tried', async () => {
    const said = 'Forbidden: updates to statefulset spec for fields other than';
    const alone = `[ "$(echo "$given" | grep -o '"kind"' | wc -l)" -gt 2 ] && { echo '${said}' >&2; exit 1; }`;
    const refused = `${alone}\n${of('login')} { echo '${said}' >&2; exit 1; }`;
    const { text } = await ofPart(stand(LIVE, [MADE[1]], refused), '--by', 'kubectl');
    expect(text).toContain('~ Secret devenv/login: it is made anew, for its volumes');
    expect(text).toContain('+  limit: "2"');
  });

  test.each([
    ['helm', 'deploy by Terraform where it deployed before'],
    ['kustomize-controller', 'push the change to the repository that this controller follows'],
    ['argocd-controller', 'push the change to the repository that this controller follows'],
  ])('says whose fields it would not change, and what to do: %s', async (manager, mend) => {
    const refused = `${of('login')} { echo 'conflict with "${manager}" using v1: .data' >&2; exit 1; }`;
    const { code, stdout } = await stand(LIVE, MADE, refused).run(['up', '--dry-run', '--by', 'kubectl', '--json']);
    expect([code, JSON.parse(stdout).failure]).toEqual([
      1,
      expect.stringContaining(
        `Secret devenv/login: fields of these objects belong to ${manager}, and are left as they are: ${mend}`,
      ),
    ]);
  });
});

test('what a manifest says no more is taken out of lists by what their elements are known by', () => {
  const env = (...names: string[]) => ({ env: names.map((name) => ({ name, value: name })), args: ['a'] });
  expect(withoutDropped(env('A', 'B', 'theirs'), env('A', 'B'), env('A'))).toEqual(env('A', 'theirs'));
});
