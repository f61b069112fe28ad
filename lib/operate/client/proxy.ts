import { type ChildProcess, spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../failure';
import { keepInUse } from './in-use';
// Nothing that takes long to load: ssh waits for it.
import type { Connection } from './prepared';

/** Seconds that an environment has to say its first word, which sshd does at once. */
const ANSWER_SEC = 15;

/** Carries one ssh connection over standard input and output, through Boundary. Ends with it. */
export async function proxy(connection: Connection): Promise<void> {
  const { host, token } = connection.prepared();
  const tunnel = spawn('boundary', ['connect', '-authz-token', '-', '-format', 'json'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, BOUNDARY_SKIP_CACHE_DAEMON: 'true', BOUNDARY_KEYRING_TYPE: 'none' },
  });
  const said = heard(tunnel);
  const leave = keepInUse();
  const end = () => {
    leave();
    tunnel.kill();
    connection.forget();
  };
  const interrupted = () => {
    end();
    process.exit(255);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, interrupted);
  try {
    // Why one that is gone takes no token is in what it said.
    tunnel.stdin?.on('error', () => {});
    tunnel.stdin?.end(token);
    const answered = await carry(await dial(await listening(tunnel, said)));
    if (answered) return;
    await stop(tunnel);
    throw new Failure(silence(host, said()));
  } finally {
    end();
  }
}

/** Ends Boundary's client, which says at its end what went wrong. */
async function stop(tunnel: ChildProcess): Promise<void> {
  if (tunnel.exitCode !== null) return;
  const ended = new Promise((resolve) => tunnel.once('exit', resolve));
  tunnel.kill('SIGINT');
  await Promise.race([ended, pause(2000, undefined, { ref: false })]);
}

/** Everything that a program says, so far. */
function heard(program: ChildProcess): () => string {
  let said = '';
  for (const stream of [program.stdout, program.stderr])
    stream?.on('data', (chunk) => {
      said += chunk;
    });
  return () => said.trim();
}

/** Why nothing came, and what to do about it. */
function silence(host: string, said: string): string {
  const worker = /connect to worker at ([^\s"\\]+)/.exec(said)?.[1];
  return worker
    ? `Boundary's worker cannot be reached at ${worker}: is the network there, and is that its address (access in platform.yaml)?`
    : `${host} does not answer: it is stopped or restarting; "running: false" in platform.yaml stops it`;
}

/** The port at which Boundary's client listens for this session. */
function listening(tunnel: ChildProcess, said: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    tunnel.stdout?.on('data', () => {
      const port = /"port":(\d+)/.exec(said())?.[1];
      if (port) resolve(Number(port));
    });
    tunnel.once('error', ({ message }) =>
      reject(new Failure(`Boundary's client cannot be run (${message}): install "boundary" and put it on PATH`)),
    );
    // Not at its exit: what it said may still be on the way.
    tunnel.once('close', (code, signal) =>
      reject(
        new Failure(`Boundary's client ended with ${signal ?? `status ${code}`}: ${said() || 'it does not say why'}`),
      ),
    );
  });
}

const dial = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', ({ message }) => reject(new Failure(`Boundary's client takes no connection (${message})`)));
  });

/** Carries bytes both ways until one side ends, or nothing comes for too long. Returns whether anything came. */
function carry(socket: Socket): Promise<boolean> {
  let received = false;
  const waiting = setTimeout(() => socket.destroy(), ANSWER_SEC * 1000);
  socket.once('data', () => {
    received = true;
    clearTimeout(waiting);
  });
  process.stdin.pipe(socket);
  // ssh is gone then: nothing that still comes is for anybody.
  process.stdin.once('end', () => socket.destroySoon());
  socket.pipe(process.stdout);
  // An ssh that is gone takes nothing more.
  process.stdout.on('error', () => socket.destroy());
  // What went wrong is told by whether anything came before.
  socket.on('error', () => {});
  return new Promise((resolve) => socket.once('close', () => resolve(received)));
}
