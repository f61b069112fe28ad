import { spawn } from 'node:child_process';
import { followed } from '../cluster/support/killed';
import { randomNumbers } from '../cluster/support/random';
import { KillSeries, PhaseReader } from '../helpers/kill-series';

const series = (seed = 1) => new KillSeries('up', randomNumbers(seed));
/** What the log of a run says, with a phase that is over at once. */
const RUN = [
  { phase: 'begun', atMs: 0 },
  { phase: 'operators', atMs: 6000 },
  { phase: 'certificates Ready', atMs: 90_000 },
  { phase: 'manifests', atMs: 90_020 },
];

describe('a log', () => {
  const read = (...lines: string[]) => {
    const reader = new PhaseReader();
    return lines.map((line) => reader.read(line));
  };

  test('names a phase by what is done, whatever it took and found', () =>
    expect(
      read(
        '✔ manifests [1m 3s]',
        '✔ inside Vault: nothing to change [2s]',
        '❯ vault Ready',
        '› after operators',
        '✔ 0a1b2c3d of devenv-0 is whole [1s]',
        '✔ 1 volume larger [4s]',
        '✔ 2 volumes larger',
        '✔ docker.io/agent-sandbox/devenv:0.1.0 runs in devenv [3s]',
        '✖ operators [3s]',
      ),
    ).toEqual([
      'manifests',
      'inside Vault',
      undefined,
      undefined,
      '… of devenv-0 is whole',
      '… volumes larger',
      '… volumes larger',
      '… runs in devenv',
      undefined,
    ]));

  test('tells the same step of several parts apart', () =>
    expect(read('== vault', '✔ manifests [3s]', '== boundary, as it was', '✔ manifests [3s]')).toEqual([
      'vault: begun',
      'vault: manifests',
      'boundary, as it was: begun',
      'boundary, as it was: manifests',
    ]));
});

describe('a series of kills', () => {
  test('comes anywhere in a phase as long as that was seen to be, and in the longest twice', () => {
    const kills = series();
    kills.learn(RUN, 95_000);
    const aims = Array.from({ length: 200 }, () => kills.round()).flat();
    expect([...new Set(aims.map(({ phase }) => phase))]).toEqual(['begun', 'operators', 'manifests']);
    const delays = (phase: string) => aims.filter((aim) => aim.phase === phase).map(({ delayMs }) => delayMs);
    expect(delays('operators')).toHaveLength(2 * delays('begun').length);
    for (const [phase, lengthMs] of [['begun', 6000] as const, ['operators', 84_000], ['manifests', 4980]] as const) {
      const sorted = delays(phase).sort((a, b) => a - b);
      expect(sorted[0]).toBeLessThan(0.05 * lengthMs);
      expect(sorted.at(-1)).toBeGreaterThan(0.95 * lengthMs);
      expect(sorted.at(-1)).toBeLessThan(lengthMs);
    }
  });

  test('is the same one for the same seed', () => {
    const [first, second, other] = [series(5), series(5), series(6)].map((kills) => {
      kills.learn(RUN, 95_000);
      return [kills.round(), kills.some(2), kills.isWhole()];
    });
    expect(second).toEqual(first);
    expect(other).not.toEqual(first);
  });

  test('counts where the log was, not what was aimed at, and ends once each phase was hit often enough', () => {
    const kills = series();
    kills.learn(RUN, 95_000);
    const aim = { phase: 'operators', delayMs: 1 };
    for (const hit of ['begun', 'begun', 'manifests', undefined, 'manifests', 'operators']) kills.note(aim, hit);
    expect([kills.count, kills.isDone(5, 1), kills.isDone(5, 2), kills.isDone(6, 1)]).toEqual([5, true, false, false]);
    expect(String(kills).split('\n')).toEqual([
      '| up, after | lasts | kills |',
      '| --- | --- | --- |',
      '| begun | 6.0 s | 2 |',
      '| operators | 84.0 s | 1 |',
      '| certificates Ready | too short to be hit | 0 |',
      '| manifests | 5.0 s | 2 |',
      '| all | | 5 |',
    ]);
  });

  test('says which phase no kill comes to', () => {
    const kills = series();
    kills.learn(RUN, 95_000);
    for (let time = 0; time < 12; time++) kills.note({ phase: 'operators', delayMs: 1 }, 'begun');
    expect(() => kills.isDone(1, 1)).toThrow('no kill of up comes after "operators"');
  });
});

describe('a process', () => {
  const LOG = `console.log('✔ first [1s]'); console.log('› 3 MiB'); console.log('✔ second');`;
  const begin = (script: string) =>
    spawn('node', ['--eval', script], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });

  test('is followed to its end', async () => {
    const { marks, wasKilled, code } = await followed(begin(`${LOG} process.exitCode = 3`));
    expect([marks.map(({ phase }) => phase), wasKilled, code]).toEqual([['begun', 'first', 'second'], false, 3]);
  });

  test.each([true, false])('is killed in the phase that is meant, with its group: %s', async (isWhole) => {
    const aim = { phase: 'second', delayMs: 1, isWhole };
    const { marks, wasKilled, code } = await followed(begin(`${LOG} setInterval(() => {}, 1000)`), aim);
    expect([marks.at(-1)?.phase, wasKilled, code]).toEqual(['second', true, null]);
  });

  test('that is over before is none that was killed', async () => {
    const aim = { phase: 'third', delayMs: 1, isWhole: true };
    expect(await followed(begin(LOG), aim)).toMatchObject({ wasKilled: false, code: 0 });
  });
});
