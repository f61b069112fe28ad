import fc from 'fast-check';
import { toYaml } from '../../lib/charts/yaml';
import { isNoText, readAsGo } from '../helpers/go-yaml';
import { MEANINGFUL, uglyText } from '../helpers/texts';

/** Where texts may stand in a manifest: values, keys, items. */
const everywhere = (text: string) => ({
  value: text,
  list: [text, { deep: [text] }],
  map: { [text]: 'x', of: { [text]: [text] } },
});

test('every text arrives as it is where Kubernetes reads the manifests, as value, as key and in lists', () => {
  fc.assert(
    fc.property(uglyText, (text) => {
      expect(readAsGo(toYaml([everywhere(text)]))).toEqual(everywhere(text));
    }),
    { seed: 14, numRuns: 3000 },
  );
});

test.each(MEANINGFUL)('%j stands in quotes: without, it is no text there', (text) => {
  expect(isNoText(text)).toBe(true);
  expect(toYaml([{ [text]: [text] }])).toBe(`"${text}":\n  - "${text}"\n`);
});

test.each(['a', '127.0.0.1', '10.0.0.0/8', '0.1.0', '10Gi', '100m', '1.2.3-rc1', '8080/tcp', '24h', '-a', '::1'])(
  '%s needs no quotes, and has none',
  (text) => {
    expect(isNoText(text)).toBe(false);
    expect(toYaml([[text]])).toBe(`- ${text}\n`);
  },
);

test('numbers and truth stay what they are', () => {
  expect(toYaml([{ a: 22, b: -0.5, c: true, d: null, e: 1e21 }])).toBe('a: 22\nb: -0.5\nc: true\nd: null\ne: 1.e+21\n');
});

test('a text over several lines is written as one, unless the reader has line ends of its own in it', () => {
  expect(toYaml([{ a: 'x\ny\n' }])).toBe('a: |\n  x\n  y\n');
  for (const [end, written] of [
    ['\u2028', '\\L'],
    ['\u2029', '\\P'],
    ['\u0085', '\\N'],
  ]) {
    expect(toYaml([{ a: `x\ny${end}z` }])).toBe(`a: "x\\ny${written}z"\n`);
  }
});
