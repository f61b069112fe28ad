import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePlatform } from '../../lib/config';
import { TESTED, type Tested, tagOf } from '../../lib/config/versions';
import { engines } from '../../package.json';
import { profiled } from '../helpers/cases';
import { ROOT } from './commands';

const page = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const defaults = (profile: string) => {
  const { images, secrets } = parsePlatform([{ name: 'platform.yaml', text: profiled(profile) }]).config;
  return (key: string) =>
    key === 'operator' ? secrets.operator.chartVersion : tagOf(String(images[key as 'vault'] ?? ''));
};

test('the page of versions is what the program goes by, row by row', () => {
  const [kind, standard] = ['kind', 'standard'].map(defaults);
  const rows = Object.entries<Tested>(TESTED).map(([key, { name, run, alone = '', oldest }]) => {
    const shown = [...new Set([kind(key), standard(key)])].filter(Boolean).map((tag) => `\`${tag}\``);
    return `| ${[name, shown.join('; '), run, alone, oldest.join(', ')].join(' | ')} |`.replace(/ {2,}/g, ' ');
  });
  const [, , ...written] = page('docs/VERSIONS.md').match(/^\|.*\|$/gm) ?? [];
  expect(written.slice(0, rows.length)).toEqual(rows);
});

test('the changelog names the versions that were run', () => {
  const [sentence] = /^Tested with [\s\S]*?\n\n/m.exec(page('CHANGELOG.md')) ?? [''];
  const named = [...sentence.matchAll(/([A-Z][\w.]*|cdk8s)\s+(\d+(?:\.\d+)*)/g)].map(([, name, version]) => [
    name,
    version,
  ]);
  const all = Object.values<Tested>(TESTED);
  expect(named.map(([name]) => name)).toEqual([
    'Kubernetes',
    'Vault',
    'Boundary',
    'Keycloak',
    'PostgreSQL',
    'Node.js',
    'cdk8s',
    'CDKTF',
  ]);
  for (const [name, version] of named)
    expect(`${all.find((one) => one.name === name)?.run}.`.startsWith(`${version}.`)).toBe(true);
});

test('what is installed here is what is said of it', () => {
  const installed = (name: string) => JSON.parse(page(`node_modules/${name}/package.json`)).version;
  expect([installed('cdk8s'), installed('cdktf')]).toEqual([TESTED.cdk8s.run, TESTED.cdktf.run]);
  expect(engines.node).toBe(`>=${TESTED.node.oldest}`);
});

test('the library starts the same images as the platform on kind, where none is named', () => {
  const said = [...page('docs/API.md').matchAll(/@default '(\S+:v?\d\S*)'/g)].map(([, image]) => image);
  const { images } = parsePlatform([{ name: 'platform.yaml', text: 'profile: kind' }]).config;
  for (const key of ['vault', 'boundary', 'keycloak', 'postgres', 'oauth2Proxy'] as const)
    expect(said).toContain(images[key]);
  expect(said.filter((image) => !Object.values(images).includes(image))).toEqual([]);
});
