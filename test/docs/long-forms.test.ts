import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './commands';

const CLUSTER = join(ROOT, 'test/cluster');
const text = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
/** What the machine or the program has, and no form of a test. */
const OTHERS = /^(PATH|HOME|TMPDIR|KUBECONFIG|VSO_CHART|TF_CLI_CONFIG_FILE|LANGFUSE_.*|RESTIC_.*)$/;
/** Explained once for all tests. */
const COMMON = ['SEED'];

/** Variables that tests of a cluster look at, each with group and file. */
const forms = readdirSync(CLUSTER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .flatMap((path) => {
    const [group, file] = path.split('/');
    const code = readFileSync(join(CLUSTER, path), 'utf8');
    const found = [...code.matchAll(/process\.env\.([A-Z_]+)/g)].map(([, name]) => name);
    // The series of kills has one for all verbs.
    const series = /\bKILLS\b.*from '..\/support\/killed'/.test(code) ? ['KILLS'] : [];
    const names = [...new Set([...found, ...series])];
    return names.filter((name) => !OTHERS.test(name) && !COMMON.includes(name)).map((name) => [group, file, name]);
  });

test.each(forms)('the long form of %s, %s by %s is in the list', (group, file, name) => {
  const rows = text.split('\n').filter((line) => line.startsWith(`| \`${group}\`, \`${file}\` |`));
  expect(rows.join()).toMatch(new RegExp(`[\` ]${name}=`));
});

test('the list has no form that is none', () => {
  const listed = [...text.matchAll(/^\| `([a-z0-9-]+)`, `([a-z.-]+\.ts)` \| `([^`]+)`/gm)].flatMap(
    ([, group, file, variables]) => variables.split(' ').map((one) => [group, file, one.split('=')[0]]),
  );
  expect(listed.map((one) => one.join(' ')).sort()).toEqual(forms.map((one) => one.join(' ')).sort());
});

test.each([...COMMON, 'ACCESS_MODE', 'VSO_CHART', 'ESO_CRDS', 'FLUX_CRDS', 'CHROMIUM', 'TESTBED'])(
  '%s is explained',
  (name) => expect(text).toContain(`\`${name}\``),
);
