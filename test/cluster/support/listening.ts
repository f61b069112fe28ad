import type { ChildProcess } from 'node:child_process';

/** The port of the machine's own that kubectl says it listens on. */
export function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let seen = '';
    const read = (chunk: Buffer) => {
      seen += chunk;
      const port = /(?:Forwarding from|Starting to serve on) 127\.0\.0\.1:(\d+)/.exec(seen)?.[1];
      if (port) resolve(Number(port));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`kubectl ended: ${seen}`)));
  });
}
