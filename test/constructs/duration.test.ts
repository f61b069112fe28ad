import { oneUnit, seconds } from '../../constructs/core/duration';

test.each([
  ['30s', '30s'],
  ['1.5h', '1.5h'],
  ['1h30m', '5400s'],
  ['2m30s', '150s'],
  ['1500ms', '2s'],
  ['200ms', '1s'],
])('%s is written as %s', (duration, written) => expect(oneUnit(duration)).toBe(written));

test.each([
  ['1h', 3600],
  ['1h30m', 5400],
  ['100ms', 1],
])('%s is %i seconds', (duration, expected) => expect(seconds(duration)).toBe(expected));
