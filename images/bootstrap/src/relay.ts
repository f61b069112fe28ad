import { connect, createServer } from 'node:net';

/** Carries connections to a port of this pod's own loopback to a server elsewhere: ADDRESS PORT HOST PORT-OF-HOST. */
const [address, port, host, target] = process.argv.slice(1);

const relay = createServer((client) => {
  const server = connect(Number(target), host);
  client.pipe(server).pipe(client);
  client.on('error', () => server.destroy());
  server.on('error', () => client.destroy());
});
relay.listen(Number(port), address);

process.on('SIGTERM', () => process.exit(0));
