// A kubectl whose cluster is a folder: a file for each object. Notes what it is asked in the file `asked`.
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = process.env.STUB_CLUSTER;
const { contexts, unknown } = JSON.parse(readFileSync(join(FOLDER, 'settings.json'), 'utf8'));
const args = process.argv.slice(2);
appendFileSync(join(FOLDER, 'asked'), `kubectl ${args.join(' ')}\n`);

const VALUED = [
  '--context',
  '--namespace',
  '--selector',
  '--output',
  '--filename',
  '--label-columns',
  '--field-selector',
];
const options = new Map();
const words = [];
for (let index = 0; index < args.length; index += 1) {
  const [name, value] = args[index].split(/=(.*)/s);
  if (VALUED.includes(name)) options.set(name, value ?? args[++index]);
  else if (name.startsWith('--')) options.set(name, value ?? '');
  else words.push(args[index]);
}
const [verb, kinds = '', ...names] = words;
const end = (code, said = '', complained = '') => {
  process.stdout.write(said);
  process.stderr.write(complained);
  process.exitCode = code;
};

const singular = (kind) => kind.toLowerCase().split('.')[0].replace(/ies$/, 'y').replace(/s$/, '');
const fileOf = ({ kind, metadata }) =>
  join(FOLDER, 'objects', [kind, metadata.namespace, metadata.name].filter(Boolean).join('+'));
const objects = () =>
  readdirSync(join(FOLDER, 'objects'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(FOLDER, 'objects', file), 'utf8')));
const isSelected = ({ metadata: { labels = {} } }) =>
  (options.get('--selector') ?? '')
    .split(',')
    .filter(Boolean)
    .every((term) => {
      const [, key, operator, value] = /^(.+?)(!?=)(.*)$/.exec(term);
      return (labels[key] === value) === (operator === '=');
    });
const found = () =>
  objects()
    .filter(({ kind }) => kinds.split(',').map(singular).includes(singular(kind)))
    .filter(
      ({ metadata }) =>
        !options.has('--namespace') || !metadata.namespace || metadata.namespace === options.get('--namespace'),
    )
    .filter(({ metadata }) => names.length === 0 || names.includes(metadata.name))
    .filter(isSelected);
const groupOf = ({ apiVersion = 'v1' }) => (apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '');
const row = (object) => {
  const {
    kind,
    metadata: { name, namespace, labels = {} },
  } = object;
  const columns = (options.get('--label-columns') ?? '').split(',').map((label) => labels[label] ?? '');
  const first = options.has('--show-kind') ? `${kind.toLowerCase()}${groupOf(object)}/${name}` : name;
  const where = options.has('--all-namespaces') ? [namespace] : [];
  // Helm's records have a type, a number of data and an age.
  return [...where, first, ...(kind === 'Secret' ? ['Opaque', '1'] : []), '1m', ...columns].join('   ');
};

function get() {
  const lacking = kinds.split(',').find((kind) => unknown.includes(singular(kind)));
  if (lacking) return end(1, '', `error: the server doesn't have a resource type "${lacking}"\n`);
  if (options.get('--output') !== 'json')
    return end(
      0,
      found()
        .map((object) => `${row(object)}\n`)
        .join(''),
    );
  if (names.length !== 1) return end(0, JSON.stringify({ items: found() }));
  const [object] = found();
  return end(0, object ? JSON.stringify(object) : '');
}

function remove() {
  const given = options.has('--filename')
    ? readFileSync(0, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : found();
  for (const object of given) {
    rmSync(fileOf(object), { force: true });
    if (object.kind !== 'Namespace') continue;
    for (const inside of objects().filter(({ metadata }) => metadata.namespace === object.metadata.name))
      rmSync(fileOf(inside));
  }
}

function mark(field) {
  for (const object of objects().filter(
    ({ kind, metadata }) => singular(kind) === singular(kinds) && names[0] === metadata.name,
  )) {
    const marks = { ...object.metadata[field] };
    for (const change of names.slice(1)) {
      const [key, value] = change.split('=');
      if (value === undefined) delete marks[key.replace(/-$/, '')];
      else marks[key] = value;
    }
    writeFileSync(fileOf(object), JSON.stringify({ ...object, metadata: { ...object.metadata, [field]: marks } }));
  }
}

function config() {
  const name = options.get('--context') ?? contexts.current;
  if (kinds !== 'view') return end(0);
  const server = contexts.servers[name];
  if (!server) return end(1, '', `error: context "${name}" does not exist\n`);
  // Left out unless it is asked for with what is a secret.
  const authority = options.has('--flatten') ? `authority of ${server}` : 'DATA+OMITTED';
  const cluster = { server, 'certificate-authority-data': authority };
  return end(0, JSON.stringify({ 'current-context': name, clusters: [{ cluster }] }));
}

const apiResources = () =>
  end(
    0,
    [
      ...new Set(
        objects()
          .filter(({ metadata }) => metadata.namespace)
          .filter((object) => !options.has('--api-group') || groupOf(object) === `.${options.get('--api-group')}`)
          .map((object) => `${object.kind.toLowerCase()}${groupOf(object)}`),
      ),
    ]
      .map((kind) => `${kind}\n`)
      .join(''),
  );

({
  get,
  delete: remove,
  config,
  'api-resources': apiResources,
  annotate: () => mark('annotations'),
  label: () => mark('labels'),
})[verb]?.();
