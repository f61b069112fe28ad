import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { find } from '../helpers/objects';
import { describeWith } from '../helpers/programs';
import { synth } from '../helpers/synth';

const { objects } = synth('profile: kind');
const { livenessProbe } = find(objects, 'StatefulSet', 'boundary-worker').spec.template.spec.containers[0];
const [, , script] = livenessProbe.exec.command;

const CONNECTED = '{"worker_process_info":{"state":"active", "upstream_connection_state":"READY"}}';
const REFUSED = '{"worker_process_info":{"state":"active", "upstream_connection_state":"TRANSIENT_FAILURE"}}';

/** A worker's container: what its kernel and its own port say, and whether controllers answer. */
class Container {
  private readonly folder = mkdtempSync(join(tmpdir(), 'worker-'));
  private readonly table = join(this.folder, 'tcp');
  private readonly stat = join(this.folder, 'stat');

  constructor(connections: readonly string[] = []) {
    this.connections = connections;
    this.startsAt(7);
    this.program('wget', 'exit 127');
    this.program('nc', 'exit 127');
  }

  /** Retransmissions of each connection to a controller. */
  set connections(counts: readonly string[]) {
    const lines = counts.map((count) => `0: 0A014E0A:8188 01014E0A:23F1 01 0:0 01:0 ${count} 0`);
    const others = [
      '1: 00000000:23F3 00000000:0000 0A 0:0 00:0 00000000 100',
      '2: 0A014E0A:8189 01014E0A:0050 01 0:0 01:0 0000000A 0',
    ];
    writeFileSync(this.table, [...others, ...lines].join('\n'));
  }

  startsAt(tick: number): void {
    writeFileSync(this.stat, `1 (boundary) S ${'0 '.repeat(18)}${tick} 0\n`);
  }

  says(info: string): void {
    this.program('wget', `echo '${info}'`);
  }

  answersAtControllers(does: boolean): void {
    this.program('nc', `exit ${does ? 0 : 1}`);
  }

  /** Status of the probe at a second. */
  probe(second: number): number | null {
    this.program('date', `echo ${second}`);
    const here = script
      .replace('/proc/net/tcp /proc/net/tcp6', this.table)
      .replaceAll('/proc/1/stat', this.stat)
      .replaceAll('/tmp/known', join(this.folder, 'known'));
    const env = { PATH: [this.folder, process.env.PATH].join(delimiter) };
    return spawnSync('sh', ['-c', here], { env }).status;
  }

  private program(name: string, body: string): void {
    writeFileSync(join(this.folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(this.folder, name), 0o755);
  }
}

describeWith(['grep'], 'a worker is begun anew', () => {
  test.each([
    ['not while it hears its controllers', ['00000000'], 0],
    ['not while it hears one of them', ['00000009', '00000001'], 0],
    ['not before it has found any', [], 0],
    ['once it hears none any more', ['00000008', '00000009'], 1],
  ])('%s: %j ends with %i', (_, retransmissions, status) => {
    expect(new Container(retransmissions).probe(0)).toBe(status);
  });

  test('once controllers that answer have not let it in for as long as its sessions last', () => {
    const container = new Container();
    container.answersAtControllers(true);
    container.says(CONNECTED);
    expect(container.probe(1000)).toBe(0);
    container.says(REFUSED);
    expect([1010, 1060, 1061].map((second) => container.probe(second))).toEqual([0, 0, 1]);
  });

  test('not while no controller answers, as in their restart or an outage of any length', () => {
    const container = new Container();
    container.answersAtControllers(false);
    container.says(CONNECTED);
    container.probe(1000);
    container.says(REFUSED);
    expect(container.probe(9000)).toBe(0);
    container.answersAtControllers(true);
    expect(container.probe(9001)).toBe(1);
  });

  test('not before it has had as long since its start', () => {
    const container = new Container();
    container.answersAtControllers(true);
    container.says(CONNECTED);
    container.probe(1000);
    container.says(REFUSED);
    container.startsAt(8);
    expect([9000, 9060, 9061].map((second) => container.probe(second))).toEqual([0, 0, 1]);
  });

  test('not in an image without the programs that ask', () => {
    expect(new Container().probe(1000)).toBe(0);
  });
});

test('sessions of a worker that hears nobody are over, so nothing is waited for', () => {
  expect(livenessProbe.terminationGracePeriodSeconds).toBe(5);
});
