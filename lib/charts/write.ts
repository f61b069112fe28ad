import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ApiObject, type App, Yaml } from 'cdk8s';
import { PlatformChart } from './platform-chart';

const HEADER = '# Made by agent-sandbox-platform from platform.yaml. Change that instead, and synthesize again.\n';
/** How the names of all files of manifests end. */
export const CHART_FILE_EXTENSION = '.k8s.yaml';

/** Every object of every chart, by the file it belongs to, in the order in which the files are applied. */
export function renderCharts(app: App): Map<string, object[]> {
  const problems = app.node
    .findAll()
    .flatMap(({ node }) => node.validate().map((problem) => `${node.path}: ${problem}`));
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const charts = app.node.children.filter((child): child is PlatformChart => child instanceof PlatformChart);
  const files = charts
    .map((chart): [string, object[]] => [
      join(chart.folder, `${chart.node.id}${CHART_FILE_EXTENSION}`),
      chart.node
        .findAll()
        .filter((child): child is ApiObject => ApiObject.isApiObject(child))
        .map((object) => object.toJson()),
    ])
    .filter(([, objects]) => objects.length > 0);
  return new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Writes the files below `folder`, and removes those that an earlier run wrote there and this one does not. */
export function writeManifests(files: ReadonlyMap<string, readonly object[]>, folder: string): void {
  for (const [file, objects] of files) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, HEADER + Yaml.stringify(...objects));
  }
  removeObsolete(folder, '', files);
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
