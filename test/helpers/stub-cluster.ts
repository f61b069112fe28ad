import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

type KubeObject = any;

const KUBECTL = resolve(__dirname, 'stub-kubectl.mjs');
const PART_OF = 'app.kubernetes.io/part-of';
const OURS = 'agent-sandbox-platform';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An object of somebody else's. */
export const theirs = (kind: string, name: string, namespace?: string, more: object = {}): KubeObject => ({
  apiVersion: API_VERSIONS[kind] ?? 'v1',
  kind,
  metadata: { name, ...(namespace && { namespace }) },
  ...(kind === 'StatefulSet' && { spec: { replicas: 1, template: { spec: { containers: [] } } } }),
  ...more,
});

const API_VERSIONS: Readonly<Record<string, string>> = {
  StatefulSet: 'apps/v1',
  Deployment: 'apps/v1',
  Role: 'rbac.authorization.k8s.io/v1',
  ClusterRoleBinding: 'rbac.authorization.k8s.io/v1',
  VaultAuth: 'secrets.hashicorp.com/v1beta1',
};

/** One of the platform's. */
export const ours = (kind: string, name: string, namespace?: string, more: object = {}): KubeObject => {
  const object = theirs(kind, name, namespace, more);
  return { ...object, metadata: { ...object.metadata, labels: { [PART_OF]: OURS, ...object.metadata.labels } } };
};

/** What Helm keeps of a release. */
function recordOf(chart: string): KubeObject {
  const record = theirs('Secret', `sh.helm.release.v1.agent-sandbox-${chart}.v1`, 'kube-system');
  record.metadata.labels = { owner: 'helm', name: `agent-sandbox-${chart}`, status: 'deployed' };
  return record;
}

/** A folder with a platform that is written already, and beside it programs that stand in for a cluster and its tools. */
export class StubPlatform {
  readonly folder = mkdtempSync(join(tmpdir(), 'platform-'));
  private readonly bin = mkdtempSync(join(tmpdir(), 'bin-'));
  private readonly cluster = mkdtempSync(join(tmpdir(), 'cluster-'));

  /**
   * @param cli file with the command line, bundled
   * @param parts the objects of each file of `dist/`, by its name
   */
  constructor(
    private readonly cli: string,
    parts: Readonly<Record<string, readonly KubeObject[]>>,
    settings = '{}\n',
  ) {
    mkdirSync(join(this.cluster, 'objects'));
    this.program('kubectl', `exec '${process.execPath}' '${KUBECTL}' "$@"`);
    this.program('terraform', 'echo "terraform $*" >>"$STUB_CLUSTER/asked"');
    this.contexts('here', { here: 'https://here.example.com:6443' });
    this.write('platform.yaml', settings);
    this.write('cdktf.json', '{"app": "true"}');
    this.write('cdktf.out/manifest.json', '{"stacks": {}}');
    for (const [file, objects] of Object.entries(parts))
      this.write(`dist/${file}`, objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  }

  /** What kubectl knows of clusters. */
  contexts(current: string, servers: Readonly<Record<string, string>>, unknown: readonly string[] = []): void {
    writeFileSync(join(this.cluster, 'settings.json'), JSON.stringify({ contexts: { current, servers }, unknown }));
  }

  /** Has the cluster hold objects. */
  stand(...objects: readonly KubeObject[]): void {
    for (const object of objects) writeFileSync(this.fileOf(object), JSON.stringify(object));
  }

  /** Has the cluster hold an object no longer, by its name there. */
  clear = (name: string): void => rmSync(join(this.cluster, 'objects', name));

  /** Names of what the cluster holds, as `Kind+namespace+name`. */
  get standing(): string[] {
    return readdirSync(join(this.cluster, 'objects')).sort();
  }

  /** What was asked of programs, a line each. */
  get asked(): string[] {
    const file = join(this.cluster, 'asked');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** Has Terraform have deployed releases, by the stacks that they are of. */
  release(charts: Readonly<Record<string, readonly string[]>>): void {
    const names = Object.keys(charts);
    for (const name of names) {
      const release = (chart: string) => ({ name: `agent-sandbox-${chart}`, namespace: 'kube-system' });
      const releases = Object.fromEntries(charts[name].map((chart) => [chart, release(chart)]));
      const local = { path: `../../../terraform.${name}.tfstate` };
      const written = { terraform: { backend: { local } }, resource: { helm_release: releases } };
      this.write(`cdktf.out/stacks/${name}/cdk.tf.json`, JSON.stringify(written));
      this.stand(...charts[name].map(recordOf));
    }
    const stacks = names.map((name, index) => ({
      name,
      dependencies: names.slice(0, index),
      workingDirectory: `stacks/${name}`,
    }));
    this.write('cdktf.out/manifest.json', JSON.stringify({ stacks }));
  }

  program(name: string, script: string): void {
    writeFileSync(join(this.bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(this.bin, name), 0o755);
  }

  write(file: string, content: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), content);
  }

  has = (file: string): boolean => existsSync(join(this.folder, file));
  read = (file: string): string => readFileSync(join(this.folder, file), 'utf8');

  /** Runs the command line in it. */
  sandboxctl(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const env = {
      PATH: `${this.bin}${delimiter}${process.env.PATH}`,
      HOME: this.folder,
      STUB_CLUSTER: this.cluster,
      ...more,
    };
    return new Promise((done) => {
      execFile(process.execPath, [this.cli, ...args], { cwd: this.folder, env }, (error, stdout, stderr) =>
        done({ code: error ? Number(error.code) : 0, stdout, stderr }),
      ).stdin?.end();
    });
  }

  private fileOf = ({ kind, metadata }: KubeObject): string =>
    join(this.cluster, 'objects', [kind, metadata.namespace, metadata.name].filter(Boolean).join('+'));
}
