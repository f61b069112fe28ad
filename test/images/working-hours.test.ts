import { type Hours, isWithin, nextStop, noticeOf } from '../../images/bootstrap/src/hours';
import { act, type Config, type Moment } from '../../images/bootstrap/src/working-hours';

jest.mock('../../images/bootstrap/src/program', () => ({
  configuration: () => ({}),
  log: () => {},
  untilDone: () => {},
}));

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri'];
const hours = (from: string, to: string, more: Partial<Hours> = {}): Hours => ({
  days: WEEK,
  from,
  to,
  timeZone: 'Europe/Berlin',
  warningSec: 600,
  ...more,
});
const OFFICE = hours('08:00', '19:00');
const NIGHT = hours('22:00', '06:00');

describe('now is within the hours', () => {
  // Berlin is an hour ahead in winter, two in summer; 2026-11-26 is a Thursday.
  test.each<[string, Hours, string, boolean]>([
    ['at their beginning', OFFICE, '2026-11-26T07:00:00Z', true],
    ['a moment before', OFFICE, '2026-11-26T06:59:59Z', false],
    ['a moment before their end', OFFICE, '2026-11-26T17:59:59Z', true],
    ['at their end', OFFICE, '2026-11-26T18:00:00Z', false],
    ['in summer at their beginning', OFFICE, '2026-07-23T06:00:00Z', true],
    ['in summer at their end', OFFICE, '2026-07-23T17:00:00Z', false],
    ['on a day without hours', OFFICE, '2026-11-28T11:00:00Z', false],
    ['at night', NIGHT, '2026-11-26T21:00:00Z', true],
    ['in the morning after a night', NIGHT, '2026-11-27T04:59:59Z', true],
    ['at the end of a night', NIGHT, '2026-11-27T05:00:00Z', false],
    ['on the morning of a Monday, which no night of Sunday precedes', NIGHT, '2026-11-23T04:00:00Z', false],
    ['on the morning of a Saturday, after the night of Friday', NIGHT, '2026-11-28T04:00:00Z', true],
    ['on a Saturday night', NIGHT, '2026-11-28T22:00:00Z', false],
    [
      'where it is another day already',
      hours('00:00', '01:00', { timeZone: 'Asia/Tokyo' }),
      '2026-11-25T15:30:00Z',
      true,
    ],
  ])('%s', (_, when, now, expected) => expect(isWithin(when, new Date(now))).toBe(expected));
});

describe('environments stop next', () => {
  test.each<[string, Hours, string, string]>([
    ['today', OFFICE, '2026-11-26T17:50:12.345Z', '2026-11-26T18:00:00.000Z'],
    ['tomorrow, at the end itself', OFFICE, '2026-11-26T18:00:00Z', '2026-11-27T18:00:00.000Z'],
    ['on a day without hours too', OFFICE, '2026-11-28T10:00:00Z', '2026-11-28T18:00:00.000Z'],
    [
      'an hour later, after summer time ended',
      hours('08:00', '04:00'),
      '2026-10-25T00:30:00Z',
      '2026-10-25T03:00:00.000Z',
    ],
    ['an hour earlier, after it began', hours('08:00', '04:00'), '2026-03-29T00:30:00Z', '2026-03-29T02:00:00.000Z'],
  ])('%s', (_, when, now, expected) => expect(nextStop(when, new Date(now)).toISOString()).toBe(expected));
});

test.each<[string, Hours, string, string]>([
  ['tomorrow', OFFICE, '2026-11-26T18:00:00Z', 'on Friday at 08:00'],
  ['after the weekend', OFFICE, '2026-11-27T18:00:00Z', 'on Monday at 08:00'],
  ['in the evening of the same day', NIGHT, '2026-11-27T05:00:00Z', 'on Friday at 22:00'],
  ['in a week', hours('08:00', '19:00', { days: ['thu'] }), '2026-11-26T18:00:00Z', 'on Thursday at 08:00'],
])('a notice says when it starts again: %s', (_, when, stop, expected) => {
  const notice = noticeOf(when, new Date(stop));
  expect(notice).toMatch(new RegExp(`^This environment stops at ${when.to} \\(Europe/Berlin\\): save your work`));
  expect(notice).toContain(`It starts again ${expected}, or when`);
  expect(notice).not.toMatch(/\n/);
});

describe('the program', () => {
  const config: Config = { hours: OFFICE, sets: { devenv: { devenv: 2, 'devenv-bob': 1 } } };
  async function done(moment: Moment, now: string, failing = ''): Promise<string[]> {
    const calls: string[] = [];
    await act(moment, new Date(now), config, {
      scale: async (namespace, set, replicas) => {
        if (set === failing) throw new Error(`no ${set}`);
        calls.push(`${namespace}/${set}=${replicas}`);
      },
      tell: async (_, set, values) => void calls.push(`${set}: ${values['stops-at']}`),
    }).catch((error) => calls.push(error.message));
    return calls;
  }
  const STARTED = ['devenv/devenv=2', 'devenv/devenv-bob=1'];
  const told = (at: string | null) => ['devenv', 'devenv-bob'].map((set) => `${set}: ${at}`);
  const STOPPED = ['devenv/devenv=0', 'devenv/devenv-bob=0', ...told(null)];
  const AT = '2026-11-26T18:00:00.000Z';

  test.each<[string, Moment, string, string[]]>([
    ['starts all at the beginning', 'start', '2026-11-26T07:00:03Z', STARTED],
    ['starts none, so late that the hours are over', 'start', '2026-11-26T18:30:00Z', []],
    ['warns all who work, and starts none', 'warn', '2026-11-26T17:50:04Z', told(AT)],
    ['warns who works on a Saturday', 'warn', '2026-11-28T17:50:04Z', told('2026-11-28T18:00:00.000Z')],
    ['warns nobody once the hours are over', 'warn', '2026-11-26T18:00:01Z', []],
    ['stops all at the end', 'stop', '2026-11-26T18:00:02Z', STOPPED],
    ['stops who works on a Saturday', 'stop', '2026-11-28T18:00:02Z', STOPPED],
    ['stops none, so late that the hours have begun again', 'stop', '2026-11-27T07:10:00Z', []],
    [
      'starts all for other hours, and takes back what was announced',
      undefined,
      '2026-11-26T12:00:00Z',
      [...STARTED, ...told(null)],
    ],
    ['starts and warns all for hours that end soon', undefined, '2026-11-26T17:55:00Z', [...STARTED, ...told(AT)]],
    ['stops nobody for other hours, unwarned', undefined, '2026-11-26T20:00:00Z', told(null)],
  ])('%s', async (_, moment, now, expected) => expect(await done(moment, now)).toEqual(expected));

  test('is held up by none that fails, and says so', async () =>
    expect(await done('stop', '2026-11-26T18:00:02Z', 'devenv')).toEqual(['devenv/devenv-bob=0', 'no devenv']));
});
