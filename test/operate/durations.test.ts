import { age, clock, seconds, span } from '../../lib/operate/commands/values';
import { ALL_OPTIONS } from '../helpers/command-lines';

describe('a length of time', () => {
  test.each([
    ['90s', 90],
    ['15m', 900],
    ['1h30m', 5400],
    ['2d', 172_800],
    ['1w', 604_800],
    ['0s', 0],
  ])('%s is %d seconds', (text, given) => expect([seconds(text), age(text)]).toEqual([given, given]));

  test.each([
    ['10m', '10m'],
    ['90s', '90s'],
    ['1h30m', '90m'],
    ['2d', '48h'],
    ['1w', '168h'],
  ])('%s is %s to who knows no days', (text, given) => expect(clock(text)).toBe(given));

  test.each([
    ['14d', '14d'],
    ['1y5m7d2h', '1y5m7d2h'],
    // restic counts the last one alone.
    ['7d7d', '14d'],
  ])('%s is %s to restic', (text, given) => expect(span(text)).toBe(given));

  test.each(['', '2', 'd', '2x', '-1h', '1.5h', '1h ', '2 d', '1d2'])('is none: %j', (text) => {
    for (const read of [seconds, age, clock, span]) expect(() => read(text)).toThrow(/^give .* or .*, such as /);
  });

  test('ends somewhere, or timers would end at once', () => {
    expect(seconds('24d')).toBe(2_073_600);
    expect(() => seconds('25d')).toThrow('give 24d at most');
    expect(() => seconds('999999999w')).toThrow('give 24d at most');
    expect(age('5200w')).toBe(3_144_960_000);
    expect(() => age('5201w')).toThrow('give 5200w at most');
  });

  const lengths = ALL_OPTIONS.filter(
    ({ name, option }) => name.endsWith('<time>') && !option.description.startsWith('time of day'),
  );
  test('is wanted by options of many commands', () => expect(lengths.length).toBeGreaterThan(10));
  test.each(lengths)('is read so by $name', ({ option }) => {
    expect(() => option.parseArg?.('2x', undefined)).toThrow(/^give .* or .*, such as /);
    expect(() => option.parseArg?.('2d', undefined)).not.toThrow();
  });
});

test('logs of the last days are asked of kubectl in hours', () => {
  const since = ALL_OPTIONS.find(({ name }) => name === 'logs --since <time>')?.option;
  expect(since?.parseArg?.('2d', undefined)).toBe('48h');
});
