import { connect, createServer } from 'node:net';

/** Carries connections to a port of this pod's own loopback to a server elsewhere: PORT HOST PORT-OF-HOST. */
const [port, host, target] = process.argv.slice(1);

createServer((client) => {
  const server = connect(Number(target), host);
  client.pipe(server).pipe(client);
  client.on('error', () => server.destroy());
  server.on('error', () => client.destroy());
}).listen(Number(port), '127.0.0.1');

process.on('SIGTERM', () => process.exit(0));
