import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { eventually } from '../support/eventually';
import { addKinds, hasKinds } from '../support/kinds';
import { apply, type KubeObject, kubectl, list } from '../support/kubectl';
import { isFound, namespacesOf, ROOT, synthesize, workFile } from '../support/platform';
import { must, run } from '../support/run';

const KUBE_SCHEMAS = join(ROOT, '../shared/testbed/tools/kube-schemas');

const PLATFORMS = ['kind', 'standard', 'openshift'].flatMap((profile) =>
  ['hardened', 'relaxed'].map((podSecurity) => ({
    profile,
    podSecurity,
    folder: `admission-${profile}-${podSecurity}`,
  })),
);
let namespaces: string[] = [];
let removeKinds = async () => {};

beforeAll(async () => {
  removeKinds = await addKinds();
  for (const { profile, podSecurity, folder } of PLATFORMS)
    await synthesize('admission', { profile, podSecurity }, folder);
});

afterAll(async () => {
  if (namespaces.length > 0)
    await kubectl(['delete', 'namespace', ...namespaces, '--ignore-not-found', '--wait=false']);
  await removeKinds();
});

// SECURITY.md: "All pods meet the Pod Security Standard restricted"
test.each(PLATFORMS)('the API server accepts every object: $profile, $podSecurity', async ({ folder }) => {
  const manifests = workFile(folder);
  namespaces = namespacesOf(manifests);
  await apply(join(manifests, '00-namespaces.k8s.yaml'), '--force-conflicts');
  const everything = hasKinds ? ['--recursive'] : [];
  const { stdout, stderr } = await apply(manifests, '--dry-run=server', '--force-conflicts', ...everything);
  expect(stderr).not.toMatch(/warning/i);
  expect(stdout.split('\n').length).toBeGreaterThan(50);
});

/** Leaves the server's description in a file, once it has all kinds: it is made anew after each that was added. */
async function describeKinds(): Promise<void> {
  await must('sh', ['-c', 'kubectl get --raw /openapi/v2 > "$1"', 'sh', workFile('openapi.json')]);
  const { definitions, ...rest } = JSON.parse(readFileSync(workFile('openapi.json'), 'utf8'));
  const described = new Set<string>(
    Object.values<KubeObject>(definitions).flatMap((one) =>
      (one['x-kubernetes-group-version-kind'] ?? []).map(({ group, kind }: KubeObject) => `${kind}.${group}`),
    ),
  );
  const added = (await list('customresourcedefinitions')).map(({ spec }) => `${spec.names.kind}.${spec.group}`);
  expect(['Service.', 'StatefulSet.apps', ...added].filter((kind) => !described.has(kind))).toEqual([]);
  // No profile uses these, and kubeconform cannot read a schema beside theirs.
  const readable = Object.entries(definitions).filter(([name]) => !name.startsWith('io.external-secrets.'));
  writeFileSync(workFile('openapi.json'), JSON.stringify({ ...rest, definitions: Object.fromEntries(readable) }));
}

const kubeconform = isFound('kubeconform') && existsSync(KUBE_SCHEMAS);
(kubeconform ? test : test.skip)(
  `kubeconform -strict finds nothing${kubeconform ? '' : ' (skipped: it, or what makes its schemas, is not here)'}`,
  async () => {
    await eventually(describeKinds, 60);
    await must('bash', [KUBE_SCHEMAS, workFile('openapi.json'), workFile('schemas')]);
    const location = `${workFile('schemas')}/{{.ResourceKind}}{{.KindSuffix}}.json`;
    const folders = PLATFORMS.map(({ folder }) => workFile(folder));
    const { stdout } = await run('kubeconform', ['-strict', '-summary', '-schema-location', location, ...folders]);
    expect(stdout).toMatch(/Invalid: 0, Errors: 0, Skipped: 0/);
  },
);

interface Check {
  readonly check: { readonly id: string; readonly name: string };
  readonly grade: number;
  readonly skipped: boolean;
  readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
}

interface Scored {
  readonly type_meta: { readonly kind: string };
  readonly object_meta: { readonly name: string };
  readonly checks: readonly Check[];
}

/** Complaints without a reason in the file of exceptions: check, then "Kind/name container". */
async function complaints(folder: string): Promise<string[]> {
  const exceptions: Record<string, { objects: string[] }> = parse(
    readFileSync(join(__dirname, '../kube-score-exceptions.yaml'), 'utf8'),
  );
  const excused = (id: string, object: string) =>
    (exceptions[id]?.objects ?? []).some((pattern) => new RegExp(`^${pattern}$`).test(object));
  const files = readdirSync(workFile(folder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(workFile(folder), name));
  const { stdout } = await run('kube-score', ['score', '-o', 'json', '--kubernetes-version', 'v1.34', ...files]);
  return (JSON.parse(stdout) as Scored[]).flatMap(({ type_meta, object_meta, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade <= 5)
      .map(({ check, comments }) => ({ id: check.id, comments }))
      .filter(({ id }) => !excused(id, `${type_meta.kind}/${object_meta.name}`))
      .map(({ id, comments }) => `${id} ${type_meta.kind}/${object_meta.name} ${JSON.stringify(comments)}`),
  );
}

const score = isFound('kube-score');
(score ? test.each(PLATFORMS) : test.skip.each(PLATFORMS))(
  `kube-score finds nothing without a reason: $profile, $podSecurity${score ? '' : ' (skipped: kube-score is not here)'}`,
  async ({ folder }) => expect(await complaints(folder)).toEqual([]),
);
