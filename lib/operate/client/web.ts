import type { ChildProcess } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { Failure } from '../failure';

/** What ssh says of each connection that nobody takes in the environment. */
const REFUSED = /^channel \d+: open failed: connect failed: /;

/**
 * A port of this machine's loopback that nobody has.
 * @param given the only one that will do, or 0 for any
 * @param wanted the best one where none is given
 * @throws Failure if the given one is taken, or not the person's to take
 */
export function localPort(given: number | undefined, wanted: number): Promise<number> {
  if (given === undefined) return free(wanted).catch(() => free(0));
  return free(given).catch(({ code, message }) => {
    const why = code === 'EADDRINUSE' ? 'it is in use' : message;
    throw new Failure(`--local-port ${given} cannot be had on this machine (${why}): name another, or 0 for any`);
  });
}

const free = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: found } = server.address() as AddressInfo;
      server.close(() => resolve(found));
    });
  });

/** What ssh gets to bring a port of an environment's loopback to this machine's, and to say on stdout when it is there. */
export const forwarding = (local: number, port: number): string[] => [
  '-N',
  '-o',
  'ExitOnForwardFailure=yes',
  // By name: servers that call their address so may have the one of IPv6 alone.
  '-L',
  `127.0.0.1:${local}:localhost:${port}`,
  '-o',
  'PermitLocalCommand=yes',
  // Run once all is forwarded, by whatever shell the person has.
  '-o',
  'LocalCommand=echo forwarded',
];

/** Hands on what ssh says, and once, in words of its own, that nothing listens there. */
export function heed(ssh: ChildProcess, place: string, isThere: () => void): void {
  ssh.stdout?.once('data', isThere);
  let told = false;
  if (!ssh.stderr) return;
  createInterface(ssh.stderr).on('line', (line) => {
    if (!REFUSED.test(line)) process.stderr.write(`${line}\n`);
    else if (!told) process.stderr.write(`sandboxctl: nothing listens at ${place} yet: start it, this goes on\n`);
    told ||= REFUSED.test(line);
  });
}
