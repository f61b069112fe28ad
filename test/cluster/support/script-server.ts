import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyAll, kubectl } from './kubectl';
import { SCRATCH, scratchPod } from './scratch';

const PORT = 8080;

/** A test server, as a pod of the scratch namespace behind a Service: a script of this folder, in Node.js. */
export class ScriptServer {
  readonly url: string;
  private readonly proxy: string;

  constructor(
    private readonly name: string,
    private readonly args: readonly string[] = [],
  ) {
    this.url = `http://${name}.${SCRATCH}.svc:${PORT}`;
    this.proxy = `/api/v1/namespaces/${SCRATCH}/pods/${name}:${PORT}/proxy`;
  }

  async start(): Promise<void> {
    const { name } = this;
    const metadata = { name, namespace: SCRATCH };
    const script = readFileSync(join(__dirname, `${name}-server.mjs`), 'utf8');
    const spec = { selector: { app: name }, ports: [{ port: PORT }] };
    await applyAll(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'server.mjs': script } },
      { apiVersion: 'v1', kind: 'Service', metadata, spec },
    );
    const start = 'echo "$SCRIPT" > /tmp/server.mjs; exec node /tmp/server.mjs "$0" "$@"';
    await scratchPod(name, ['sh', '-c', start, String(PORT), ...this.args], {
      env: [{ name: 'SCRIPT', valueFrom: { configMapKeyRef: { name, key: 'server.mjs' } } }],
    });
    await kubectl(['label', 'pod', name, '-n', SCRATCH, `app=${name}`, '--overwrite']);
  }

  /** What it answers to this test. */
  async read(path: string): Promise<any> {
    return JSON.parse(await kubectl(['get', '--raw', `${this.proxy}/${path}`]));
  }

  /** Tells it something. */
  async tell(path: string, body: object): Promise<void> {
    await kubectl(['create', '--raw', `${this.proxy}/${path}`, '-f', '-'], { input: JSON.stringify(body) });
  }
}
