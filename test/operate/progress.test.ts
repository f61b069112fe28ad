import { progressOf } from '../../lib/operate/backup/progress';

const MIB = 2 ** 20;

/** What is shown after so many seconds each. */
function shown(isTerminal: boolean, ...steps: [seconds: number, mib: number, ofMib?: number][]): string[] {
  const lines: string[] = [];
  let time = 0;
  const task = {
    set output(text: string) {
      lines.push(text);
    },
  };
  const tell = progressOf(task, { isTerminal, now: () => time });
  for (const [seconds, done, all] of steps) {
    time = seconds * 1000;
    tell(done * MIB, all && all * MIB);
  }
  return lines;
}

describe('the progress of a backup', () => {
  test('is a bar with the part, the total, the rate and the time left', () =>
    expect(shown(true, [4, 256, 1024])).toEqual([
      '█████░░░░░░░░░░░░░░░ 25 %, 256 MiB of 1024 MiB, 64 MiB/s, 12 s left',
    ]));

  test.each([
    [[100, 10, 100], '15 min left'],
    [[3600, 10, 40], '3 h 0 min left'],
  ])('says in minutes and hours what takes long: %j', (step, expected) =>
    expect(shown(true, step as [number, number, number])[0]).toContain(expected as string),
  );

  test('is what came so far and how fast, until the total is known', () =>
    expect(shown(true, [2, 5])).toEqual(['5 MiB, 2.5 MiB/s']));

  test('is not over before it is, where more comes than was reckoned', () =>
    expect(shown(true, [10, 110, 100])).toEqual(['████████████████████ 99 %, 110 MiB of 110 MiB, 11 MiB/s']));

  test('is a line now and then, without a bar, where there is no terminal', () =>
    expect(shown(false, [1, 1, 100], [9, 9, 100], [10, 10, 100], [15, 15, 100], [20, 50, 100])).toEqual([
      '10 %, 10 MiB of 100 MiB, 1.0 MiB/s, 2 min left',
      '50 %, 50 MiB of 100 MiB, 2.5 MiB/s, 20 s left',
    ]));
});
