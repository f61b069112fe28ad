import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ApiObject, type App } from 'cdk8s';
import { PlatformChart } from './platform-chart';
import { textsOf } from './texts';

export { toYaml } from './yaml';

const HEADER = '# Made by agent-sandbox-platform from platform.yaml. Change that instead, and synthesize again.\n';
/** How the names of all files of manifests end. */
export const CHART_FILE_EXTENSION = '.k8s.yaml';

/** A file and its objects. */
export type ChartFile = readonly [file: string, objects: object[]];

/** Every object of every chart, by the file it belongs to, in the order in which the files are applied. */
export const renderCharts = (app: App): Map<string, object[]> => new Map(chartFiles(app));

/** The same one file after the other, so that nobody need hold the objects of 10,000 users at once. */
export function* chartFiles(app: App): Generator<ChartFile> {
  const problems = app.node
    .findAll()
    .flatMap(({ node }) => node.validate().map((problem) => `${node.path}: ${problem}`));
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const charts = app.node.children
    .filter((child): child is PlatformChart => child instanceof PlatformChart)
    .map((chart) => ({ chart, file: join(chart.folder, `${chart.node.id}${CHART_FILE_EXTENSION}`) }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
  for (const { chart, file } of charts) {
    const objects = chart.node.findAll().filter((child): child is ApiObject => ApiObject.isApiObject(child));
    if (objects.length > 0) yield [file, objects.map((object) => withinLimit(object.toJson(), file))];
  }
}

const LARGEST = 1024 * 1024;

/** What a ConfigMap may hold at most, which its API server would say without where it comes from. */
function withinLimit(object: Manifest, file: string): Manifest {
  if (object.kind !== 'ConfigMap') return object;
  const { name, namespace } = object.metadata;
  const texts = Object.entries(object.data ?? {}).flat();
  const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (size <= LARGEST) return object;
  throw new Error(
    `${file}: ConfigMap ${namespace}/${name} would hold ${size} bytes, more than the ${LARGEST} that Kubernetes takes: give fewer SSH keys, environments or users, in several platforms if need be`,
  );
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** Writes the files below `folder`, and removes those that an earlier run wrote there and this one does not. */
export async function writeManifests(
  files: Iterable<readonly [file: string, objects: readonly object[]]>,
  folder: string,
): Promise<void> {
  // All before the first is written: a failure leaves nothing half done.
  const texts = await textsOf(files);
  for (const [file, text] of texts) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, HEADER + text);
  }
  removeObsolete(folder, '', texts);
}

/** The texts of the files that an earlier run wrote at the top of `folder`. */
export function writtenManifests(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(CHART_FILE_EXTENSION))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .filter((text) => text.startsWith(HEADER));
}

function removeObsolete(folder: string, below: string, files: ReadonlyMap<string, unknown>): void {
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const file = join(below, entry.name);
    const path = join(folder, file);
    if (entry.isDirectory()) {
      removeObsolete(folder, file, files);
      if (readdirSync(path).length === 0) rmdirSync(path);
    } else if (!files.has(file) && entry.name.endsWith(CHART_FILE_EXTENSION) && isOurs(path)) {
      rmSync(path);
    }
  }
}

const isOurs = (path: string) => existsSync(path) && readFileSync(path, 'utf8').startsWith(HEADER);
