import fc from 'fast-check';

const joined = (parts: readonly string[], maxLength: number) =>
  fc.array(fc.constantFrom(...parts), { maxLength }).map((list) => list.join(''));
const inOrder = (...choices: (readonly string[])[]) =>
  fc.tuple(...choices.map((choice) => fc.constantFrom(...choice))).map((parts) => parts.join(''));

const WORDS = 'y Y n N yes no on Off true False null ~ .inf -.INF +.inf .NaN = << ? - : --- ... 1:30 1:2:3'.split(' ');
const SIGNS = `! & * % @ \` | > # < [ ] { } , ' " \\ $ a é 😀 ${WORDS.join(' ')}`.split(' ');
const BLANKS = [' ', '\t', '\n', '\n\n', '\r', ': ', ' #', '\0', '\x07', '\x7f', '\x85', '\xa0'];
const INVISIBLE = ['\u200b', '\u2028', '\u2029', '\ufeff', '\ufffd', '\ufffe'];
const PREFIXES = ['', '0', '0o', '0O', '0x', '0X', '0b', '0B', '.', '1', '0_', '_'];
const REST = ['', '0', '1', '7', '_', '_7', 'e', 'e3', 'e_3', 'E+1', '.', '.5', 'a', 'F', 'p'];

/** Texts that readers of YAML are wont to take for something else. */
export const uglyText = fc.oneof(
  joined([...SIGNS, ...BLANKS, ...INVISIBLE], 6),
  joined(['\n', '\n\n', ' ', 'a', '- b', '#', '---', ...BLANKS, ...INVISIBLE], 7),
  inOrder(['', '+', '-'], PREFIXES, REST, REST),
  inOrder(['2001-', '0001-'], ['1', '01', '13'], ['-1', '-31', '-32'], ['', 'T1:2:3Z', 't01:02:03Z', ' 1:2:3', 'T']),
  fc.constantFrom(...WORDS),
);

/** Those of them that mean something without quotes: numbers as Kubernetes' reader takes them, truth, nothing, dates. */
export const MEANINGFUL = [
  ...['0o22', '0O17', '0X1F', '0B11', '+0o17', '-0o7', '0o1_7', '1e_3', '-_1', '+_.5', '0_b1', '017', '1_000', '.5e3'],
  ...['y', 'No', 'ON', '~', '', 'null', '.inf', '-.INF', '.nan', '2001-01-01', '2001-1-1 1:2:3'],
  '18446744073709551616',
];
