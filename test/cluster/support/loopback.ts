import { connect, createServer, type Server } from 'node:net';

/** Ports of a node, mapped to the same ones of this machine's loopback, as kind does. */
export class Loopback {
  private readonly servers: Server[] = [];

  constructor(private readonly node: string) {}

  async map(...ports: readonly number[]): Promise<void> {
    await Promise.all(ports.map((port) => this.listen(port)));
  }

  private listen(port: number): Promise<void> {
    const server = createServer((client) => {
      const node = connect(port, this.node);
      // Either side may end, or be reset, at any time.
      client.pipe(node).on('error', () => client.destroy());
      node.pipe(client).on('error', () => node.destroy());
    });
    this.servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  }

  end(): void {
    for (const server of this.servers) server.close();
  }
}
