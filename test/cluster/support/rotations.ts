import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from './eventually';
import { find, LOOKED_AT } from './kubectl';
import { clientOptions, withTunnel } from './ssh';

/** Seconds between two rotations: no divisor of the operator's interval or the kubelet's, so they meet both at all times. */
export const EVERY_SEC = 13;

/** A session that says which values it sees, as it sees them. */
class Watching {
  private seen = '';
  private readonly child: ChildProcess;

  constructor(port: number) {
    const script = 'while sleep 1; do cat /run/secrets/devenv/rotated_*; echo; done 2>/dev/null';
    this.child = spawn('ssh', [...clientOptions(), '-p', String(port), 'node@127.0.0.1', script]);
    this.child.stdout?.on('data', (data) => {
      this.seen += data;
    });
  }

  sees(value: string): void {
    expect(this.child.exitCode).toBeNull();
    expect(this.seen).toContain(value);
  }

  end(): void {
    this.child.kill();
  }
}

/** The environment of the session: nobody may hasten this one while rotations are measured. */
const MEASURED = 'devenv-1';

/** When the environment was hastened last; undefined if never. */
const lookedAt = async (): Promise<string | undefined> =>
  (await find('pod', 'devenv', MEASURED)).metadata.annotations?.[LOOKED_AT];

/**
 * Writes values one after the other, each beside those before it; seconds until one session of an environment saw each,
 * sorted.
 */
export const measureRotations = (
  count: number,
  limitSec: number,
  write: (values: Readonly<Record<string, string>>) => Promise<unknown>,
): Promise<number[]> =>
  withTunnel('devenv', MEASURED, async ({ port }) => {
    const session = new Watching(port);
    const written: Record<string, string> = {};
    const before = await lookedAt();
    const rotate = async (turn: number): Promise<number> => {
      await pause(turn * EVERY_SEC * 1000);
      const value = `v${turn}of${process.pid}end`;
      const start = Date.now();
      written[`rotated_${turn}`] = value;
      await write({ ...written });
      await eventually(() => session.sees(value), limitSec);
      return (Date.now() - start) / 1000;
    };
    try {
      const took = await Promise.all(Array.from({ length: count }, (_, turn) => rotate(turn)));
      // As the kubelet does it by itself.
      expect(await lookedAt()).toBe(before);
      return took.sort((a, b) => a - b);
    } finally {
      session.end();
    }
  });
