import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { toYaml } from '../../../lib/charts/yaml';
import { MEANINGFUL, uglyText } from '../../helpers/texts';
import { apply, find, type KubeObject } from '../support/kubectl';
import { workFile } from '../support/platform';
import { makeScratch, removeScratch } from '../support/scratch';

const NAMESPACE = 'platform-texts';
const SAMPLED = 100 - MEANINGFUL.length;
/** What no server-side apply brings: kubectl sends it bare in JSON, which the server reads as YAML, where it means a space or nothing good. */
const isLost = (text: string) => /[\p{Cc}\ufffe\uffff]/u.test(text.replace(/[\t\n\r]/g, ''));
const TEXTS = [
  ...MEANINGFUL,
  ...new Set(fc.sample(uglyText, { numRuns: SAMPLED * 4, seed: Number(process.env.SEED ?? 14) })),
]
  .filter((text) => !isLost(text))
  .slice(0, 100);
/** What a label's value may be. */
const LABELS = TEXTS.filter((text) => /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/.test(text));
/** What the name of an object may be. */
const NAMES = ['0x1f', '0o17', '1e3', '22', '2001-01-01', 'y', 'no', 'null'];

const numbered = (texts: readonly string[]) => Object.fromEntries(texts.map((text, i) => [`text-${i}`, text]));

const configMap = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: NAMESPACE, annotations: numbered(TEXTS), labels: numbered(LABELS), ...more },
  data: { ...numbered(TEXTS), ...Object.fromEntries(NAMES.map((name) => [name, name])) },
});

const env = TEXTS.map((value, i) => ({ name: `TEXT_${i}`, value }));
/** Runs nothing: its pod is what is read back. */
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'texts', namespace: NAMESPACE },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: '0x1f' } },
    template: {
      metadata: { labels: { app: '0x1f' } },
      spec: { containers: [{ name: 'main', image: 'none', args: TEXTS, env }] },
    },
  },
};

beforeAll(async () => {
  await makeScratch(NAMESPACE);
  const file = workFile('texts.yaml');
  writeFileSync(file, toYaml([deployment, ...NAMES.map((name) => configMap(name))]));
  await apply(file);
});
afterAll(() => removeScratch(NAMESPACE));

const there = async (kind: string, name: string): Promise<KubeObject> => {
  const object = await find(kind, NAMESPACE, name);
  if (!object) throw new Error(`no ${kind} of the name ${name}`);
  return object;
};

test.each(NAMES)(
  'an object may be called %s, and its annotations, labels and data are what was written',
  async (name) => {
    const { metadata, data } = await there('configmap', name);
    const written = configMap(name);
    expect(metadata.annotations).toEqual(written.metadata.annotations);
    expect(metadata.labels).toEqual(written.metadata.labels);
    expect(data).toEqual(written.data);
  },
);

test('variables and arguments are what was written', async () => {
  const [container] = (await there('deployment', 'texts')).spec.template.spec.containers;
  // The server leaves out a value that is empty.
  expect(container.env.map(({ name, value = '' }: KubeObject) => ({ name, value }))).toEqual(env);
  expect(container.args).toEqual(TEXTS);
});
