import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'cdk8s';
import { k8s } from '../../constructs/core/k8s';
import { PlatformChart } from '../../lib/charts/platform-chart';
import { renderCharts, writeManifests } from '../../lib/charts/write';

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manifests-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const written = () => readdirSync(folder, { recursive: true }).sort();
const write = (...files: string[]) => writeManifests(new Map(files.map((file) => [file, [configMap(file)]])), folder);

test('files say where they come from, and hold every object', async () => {
  await writeManifests(new Map([['10-a.k8s.yaml', [configMap('a'), configMap('b')]]]), folder);
  const text = readFileSync(join(folder, '10-a.k8s.yaml'), 'utf8');
  expect(text).toMatch(/^# Made by agent-sandbox-platform from platform\.yaml/);
  expect(text.match(/name: [ab]$/gm)).toEqual(['name: a', 'name: b']);
  expect(text.match(/^---$/gm)).toHaveLength(1);
});

test('a folder is made where there is none, also inside the output', async () => {
  const deep = join(folder, 'a', 'b');
  await writeManifests(new Map([[join('operator', '70-a.k8s.yaml'), [configMap('a')]]]), deep);
  expect(existsSync(join(deep, 'operator', '70-a.k8s.yaml'))).toBe(true);
});

test('what an earlier run wrote and this one does not is removed, with its folder', async () => {
  await write('10-a.k8s.yaml', '20-b.k8s.yaml', 'operator/70-c.k8s.yaml');
  await write('10-a.k8s.yaml');
  expect(written()).toEqual(['10-a.k8s.yaml']);
});

test('what others wrote stays, whatever its name', async () => {
  await write('10-a.k8s.yaml', 'operator/70-c.k8s.yaml');
  const foreign = ['20-mine.k8s.yaml', 'notes.md', 'operator/mine.k8s.yaml', 'kustomization.yaml'];
  for (const file of foreign) writeFileSync(join(folder, file), 'apiVersion: v1\n');
  mkdirSync(join(folder, 'mine'));
  writeFileSync(join(folder, 'mine', 'values.yaml'), '# Made by agent-sandbox-platform, or so it says\n');
  await write('10-a.k8s.yaml');
  expect(written()).toEqual(['10-a.k8s.yaml', 'mine', 'mine/values.yaml', 'operator', ...foreign].sort());
});

test('an own file under another extension stays: someone renamed it on purpose', async () => {
  await write('10-a.k8s.yaml');
  writeFileSync(join(folder, '10-a.yaml.bak'), readFileSync(join(folder, '10-a.k8s.yaml')));
  await write('20-b.k8s.yaml');
  expect(written()).toEqual(['10-a.yaml.bak', '20-b.k8s.yaml']);
});

test('charts become files in their order, and empty ones none', () => {
  const app = new App();
  for (const [id, name] of [['20-b', 'b'], ['10-a', 'a'], ['30-empty']]) {
    const chart = new PlatformChart(app, id);
    if (name) new k8s.KubeConfigMap(chart, 'config', { metadata: { name } });
  }
  const inFolder = new PlatformChart(app, '00-first', { folder: 'operator' });
  new k8s.KubeConfigMap(inFolder, 'config', { metadata: { name: 'c' } });
  expect([...renderCharts(app).keys()]).toEqual(['10-a.k8s.yaml', '20-b.k8s.yaml', 'operator/00-first.k8s.yaml']);
});

test('validations stop the output, all at once', () => {
  const app = new App();
  const chart = new PlatformChart(app, '10-a');
  chart.node.addValidation({ validate: () => ['one', 'two'] });
  expect(() => renderCharts(app)).toThrow('10-a: one\n10-a: two');
});

test('a ConfigMap that no API server takes is refused, in bytes as these count', () => {
  const rendered = (length: number) => {
    const app = new App();
    new k8s.KubeConfigMap(new PlatformChart(app, '10-a'), 'config', {
      metadata: { name: 'c', namespace: 'n' },
      data: { k: 'ü'.repeat(length) },
    });
    return renderCharts(app);
  };
  expect(rendered(512 * 1024 - 1).size).toBe(1);
  expect(() => rendered(512 * 1024)).toThrow(
    /^10-a\S*: ConfigMap n\/c would hold 1048577 bytes, more than the 1048576 /,
  );
});
