import { Yaml } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import { textsOf } from '../../lib/charts/texts';
import { ALONE } from '../helpers/cases';
import { synth } from '../helpers/synth';

const users = (count: number) =>
  Array.from(
    { length: count },
    (_, i) => `    user-${i}: {storage: {workspace: ${10 + (i % 5)}Gi}, env: {TEAM: "${i}"}}`,
  );

test('100 users give the same bytes with one thread and with two, and those that cdk8s writes', async () => {
  const { files } = synth(`profile: kind\nenvironments:\n  users:\n${users(100).join('\n')}`, ALONE.env);
  const [one, two] = await Promise.all([textsOf(files, Number.POSITIVE_INFINITY), textsOf(files, 300)]);
  expect([...two.keys()]).toEqual([...files.keys()]);
  expect([...one].filter(([file, text]) => two.get(file) !== text).map(([file]) => file)).toEqual([]);
  const plain = [...files].filter(([file, objects]) => one.get(file) !== Yaml.stringify(...objects));
  expect(plain.map(([file]) => file)).toEqual([]);
});

test('texts that a version of YAML would read otherwise are read as they are, as keys too', async () => {
  const texts = [
    'yes',
    'on',
    '0775',
    '0o17',
    '1_000',
    '1e3',
    '.5',
    '2001-01-01',
    '1:30',
    '~',
    'null',
    '',
    '- a',
    '-a',
    '::/0',
    '#',
    'a: b',
    ' a ',
    'a\n',
    'a\n\nb',
    '=',
    '<<',
    '{{ x }}',
  ];
  const object = { list: texts, map: Object.fromEntries(texts.map((text) => [text, { [text]: text, list: [text] }])) };
  const text = (await textsOf([['a', [object, object]]])).get('a') ?? '';
  for (const version of ['1.1', '1.2'] as const) {
    const read = parseAllDocuments(text, { version, merge: false }).map((document) => document.toJS());
    expect(read).toEqual([object, object]);
  }
});

test('what fails in either thread is thrown', async () => {
  const failing = function* (): Generator<[string, object[]]> {
    yield ['a', [{}, {}]];
    throw new Error('no such thing');
  };
  await expect(textsOf(failing(), 1)).rejects.toThrow('no such thing');
  // Not what the thread expects, as if it had broken.
  const strange = Object.assign([{}], { toJSON: () => 'x' });
  await expect(textsOf([['a', strange]], 1)).rejects.toThrow('not a function');
});
