import { spawn } from 'node:child_process';
import { type KubeObject, kubectl } from './kubectl';
import { listeningPort } from './listening';

const AT_ONCE = 8;

interface Resource {
  readonly kind: string;
  readonly name: string;
  readonly namespaced: boolean;
}

/** The API server without kubectl's pace: thousands of objects in a minute. */
export class ApiServer {
  /** Runs `use` with a way to the server that ends with it. */
  static async use<T>(use: (server: ApiServer) => Promise<T>): Promise<T> {
    const proxy = spawn('kubectl', ['proxy', '--port=0'], { stdio: ['ignore', 'pipe', 'pipe'] });
    try {
      return await use(new ApiServer(`http://127.0.0.1:${await listeningPort(proxy)}`));
    } finally {
      proxy.kill();
    }
  }

  private readonly known = new Map<string, Promise<readonly Resource[]>>();

  private constructor(private readonly base: string) {}

  /** The same of many objects, those that are well left out. */
  async complaints(objects: readonly KubeObject[]): Promise<string[]> {
    const found: string[] = [];
    const next = objects.values();
    const ask = async () => {
      for (const object of next) {
        const complaint = await this.complaint(object);
        if (complaint) found.push(complaint);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
    return found;
  }

  /** What the server would say to applying the object: undefined, or its complaint, warnings included. */
  async complaint(object: KubeObject): Promise<string | undefined> {
    const query = 'fieldManager=test&force=true&dryRun=All&fieldValidation=Strict';
    const answer = await fetch(`${this.base}${await this.pathOf(object)}?${query}`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/apply-patch+yaml' },
      body: JSON.stringify(object),
    });
    const text = await answer.text();
    const problem = answer.headers.get('warning') ?? (answer.ok ? undefined : JSON.parse(text).message);
    return problem && `${object.kind} ${object.metadata.name}: ${problem}`;
  }

  private async pathOf({ apiVersion, kind, metadata }: KubeObject): Promise<string> {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const found = (await this.resources(root)).find((r) => r.kind === kind && !r.name.includes('/'));
    if (!found) throw new Error(`the API server knows no ${kind} of ${apiVersion}`);
    const where = found.namespaced ? `/namespaces/${metadata.namespace}` : '';
    return `${root}${where}/${found.name}/${metadata.name}`;
  }

  private resources(root: string): Promise<readonly Resource[]> {
    const known = this.known.get(root) ?? kubectl(['get', '--raw', root]).then((text) => JSON.parse(text).resources);
    this.known.set(root, known);
    return known;
  }
}
