import type { Reach } from './reach';
import type { Party } from './row';

/** More rows of one kind are told as one: a platform may have thousands of users. */
const MANY = 20;

const PLURALS: Readonly<Partial<Record<Party['kind'], string>>> = {
  person: 'people',
  serviceAccount: 'ServiceAccounts',
};

const KINDS: Readonly<Partial<Record<Party['kind'], string>>> = {
  person: 'person ',
  group: 'group ',
  agent: 'agent ',
  signer: 'signer ',
  key: 'key ',
  serviceAccount: 'ServiceAccount ',
};

const ENVIRONMENTS: Readonly<Record<string, string>> = { all: 'every environment', others: 'other environments' };

const partyText = ({ kind, name }: Party): string =>
  kind === 'environment' ? (ENVIRONMENTS[name] ?? name) : `${KINDS[kind] ?? ''}${name}`;

/** What is the same of several parties, or how many they are. */
function partiesText(parties: readonly Party[]): string {
  const [first] = parties;
  const names = new Set(parties.map(({ name }) => name));
  if (names.size === 1) return partyText(first);
  return `${names.size} ${PLURALS[first.kind] ?? `${first.kind}s`}`;
}

const byText = ({ allowed, setting, where }: Pick<Reach, 'allowed' | 'setting' | 'where'>): string => {
  if (setting === null) return allowed === 'no' ? 'nothing opens it' : 'always';
  return where === null ? `${setting} (default)` : `${where} ${setting}`;
};

/** Settings of a kind: those of users without their names, those of a list without their number. */
const kindOf = (setting: string | null): string =>
  (setting ?? '').replace(/^environments\.users(\.[\w-]+|\["[^"]*"\])/, 'environments.users.NAME').replace(/\d+/g, 'N');

const ofPerson = (path: string) => path.replace(/devenv-[\w-]+-writer|devenv-[\w-]+-vault-secrets/, '');

/** Who, what, whether, how, and by which line. */
export type Line = readonly [who: string, what: string, allowed: string, by: string, how: string];

function lineOf(rows: readonly Reach[]): Line {
  const [first] = rows;
  const { setting, where } = first;
  const isOne = rows.length === 1 || rows.every((row) => row.setting === setting);
  const by = isOne ? byText(first) : `${where ?? ''} and on, ${kindOf(setting)}`;
  return [
    partiesText(rows.map(({ who }) => who)),
    partiesText(rows.map(({ what }) => what)),
    first.allowed,
    by,
    rows.length === 1 ? first.how : ofPerson(first.how).replace(/ \(\)$/, ''),
  ];
}

/** Rows for people to read: many that differ in a name alone as one. */
export function linesOf(rows: readonly Reach[]): Line[] {
  const groups = new Map<string, Reach[]>();
  for (const row of rows) {
    const { who, what, how, allowed, setting } = row;
    const key = [who.kind, what.kind, ofPerson(how), allowed, kindOf(setting)].join('\n');
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()].flatMap((group) =>
    group.length > MANY ? [lineOf(group)] : group.map((row) => lineOf([row])),
  );
}

const SECTIONS: readonly (readonly [string, (row: Reach) => boolean])[] = [
  ['Who reaches environments', ({ who, what }) => what.kind === 'environment' && who.kind !== 'environment'],
  ['Which secrets arrive where', ({ what }) => what.kind === 'secret' || what.kind === 'volume'],
  ['What environments reach', ({ who }) => who.kind === 'environment'],
  ["Who reaches the platform's own parts", () => true],
];

/** Rows by what they are about, each once; no section is empty. */
export function sectionsOf(rows: readonly Reach[]): (readonly [title: string, lines: Line[]])[] {
  let left = rows;
  return SECTIONS.flatMap(([title, belongs]) => {
    const own = left.filter(belongs);
    left = left.filter((row) => !belongs(row));
    return own.length > 0 ? [[title, linesOf(own)] as const] : [];
  });
}
