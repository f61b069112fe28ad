import { CASES } from '../helpers/cases';
import { bootstrapOf, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';
import { blocksOf, type Place, type Section, sectionsOf, usesOf } from './commands';

const ADMINISTRATOR = "Act as Vault's administrator";
const LINK = '#act-as-vaults-administrator';

/** What is done with a token that people have from elsewhere, as the text around it says. */
const OF_ONES_OWN: readonly (readonly [file: string, command: RegExp, whose: RegExp])[] = [
  ['docs/ACCESS.md', /^kv put secret\/people\/alice\//, /Everyone has the folder `secret\/people\/<name>`/],
  ['docs/SSH.md', /^write -field=signed_key ssh\/sign\//, /with a token of Vault/],
  ['docs/SSH.md', /^ssh -mode=ca /, /with a token of Vault/],
  [
    'docs/OPERATIONS.md',
    /^(secrets enable transit|write -f transit\/keys\/unseal|policy write unseal|token create -orphan)\b/,
    /The other Vault, as whom `vault` is logged in here/,
  ],
  ['docs/BACKUP.md', /^operator raft snapshot restore -force$/, /initialises a throw-away\s+Vault/],
];

/** What needs no token: it logs in, or says what Vault says to everybody. */
const WITHOUT = /^(write -field=token auth\/kubernetes\/login role=\S+ jwt=|login -method=oidc$|status$)/;

/** Paths behind commands that name none. */
const PATHS: readonly (readonly [command: RegExp, path: string, capability: string])[] = [
  [/^token revoke -self$/, 'auth/token/revoke-self', 'update'],
  [/^operator generate-root -(init|cancel)\b/, 'sys/generate-root/attempt', 'update'],
  [/^operator generate-root -nonce=/, 'sys/generate-root/update', 'update'],
  [/^operator rekey -target=recovery -verify -nonce=/, 'sys/rekey-recovery-key/verify', 'update'],
  [/^operator rekey -target=recovery -nonce=/, 'sys/rekey-recovery-key/update', 'update'],
  [/^operator rekey -target=recovery -init\b/, 'sys/rekey-recovery-key/init', 'update'],
  [/^operator rekey -target=recovery -status\b/, 'sys/rekey-recovery-key/init', 'read'],
  [/^operator rekey -target=recovery -cancel\b/, 'sys/rekey-recovery-key/init', 'delete'],
  [/^operator raft list-peers\b/, 'sys/storage/raft/configuration', 'read'],
  [/^operator raft remove-peer\b/, 'sys/storage/raft/remove-peer', 'update'],
];

interface Use extends Place {
  readonly command: string;
  readonly section: Section;
}

/** The section of a document that a line is in. */
function sectionAt({ file, line }: Place): Section {
  let from = 1;
  for (const section of sectionsOf(file)) {
    const to = from + section.text.split('\n').length - 1;
    if (line >= from && line < to) return section;
    from = to;
  }
  throw new Error(`${file} has no line ${line}`);
}

const usesIn = (program: string): Use[] =>
  usesOf(program)
    // A name alone is no command, nor is one without what it is about, and a function hands on what it is given.
    .filter(({ words }) => words.length > 0 && words[0] !== '$@' && !/^write( -\S+)*$/.test(words.join(' ')))
    .map((use) => ({ ...use, command: use.words.join(' '), section: sectionAt(use) }));
const saying = ({ file, line, command }: Use, what = '') => `${file}:${line}: ${command}${what}`;

/** Policies of all logins that the bootstrap makes, whatever is configured: for each what it may at which paths. */
const policies = new Map<string, Map<string, string[]>>();
const accounts = new Set<string>();
for (const { text, env } of Object.values(CASES)) {
  const { objects } = synth(text, env);
  for (const { metadata } of ofKind(objects, 'ServiceAccount')) accounts.add(metadata.name);
  if (!objects.some(({ metadata }) => metadata.name === 'vault-bootstrap')) continue;
  for (const { name, paths } of bootstrapOf(objects, 'vault-bootstrap').policies) {
    const known = policies.get(name) ?? new Map();
    for (const [path, rule] of Object.entries<any>(paths)) known.set(path, rule.capabilities ?? rule);
    policies.set(name, known);
  }
}

/** The path that a command of Vault's calls, and what it does there. */
function calledBy(command: string): readonly [path: string, capability: string] | undefined {
  const known = PATHS.find(([pattern]) => pattern.test(command));
  if (known) return [known[1], known[2]];
  const [, verb, path] = /^(write|read|delete)(?: -\S+)* (\S+)/.exec(command) ?? [];
  // One turn of a loop stands for all.
  return path ? [path.replace('$key', 'root'), verb === 'write' ? 'update' : verb] : undefined;
}

/** The login that a section's commands begin with. */
const loginsIn = ({ blocks }: Section): string[] =>
  blocks.flatMap(({ text }) => [...text.matchAll(/auth\/kubernetes\/login role=(\S+)/g)].map(([, role]) => role));

test('each command of Vault in a document is one that needs no login, or says whose it is', () => {
  const direct = [...usesIn('vault'), ...usesIn('in_vault').filter(({ command }) => command.startsWith('vault '))];
  const inPods = usesIn('kubectl')
    .map((use) => ({ ...use, command: use.command.split(' -- ')[1] ?? '' }))
    .filter(({ command }) => command.startsWith('vault '));
  const uses = [...direct, ...inPods].map((use) => ({ ...use, command: use.command.replace(/^vault /, '') }));
  expect(uses.length).toBeGreaterThan(8);
  const isOwn = ({ file, command, section }: Use) =>
    OF_ONES_OWN.some(([where, what, whose]) => where === file && what.test(command) && whose.test(section.text));
  expect(uses.filter((use) => !WITHOUT.test(use.command) && !isOwn(use)).map((use) => saying(use))).toEqual([]);
});

test('each command by a login of the platform is one that this login may carry out', () => {
  // Where a section has no login, a root token is what they read first.
  const uses = usesIn('vault_as').filter(({ section }) => loginsIn(section).length > 0);
  expect(uses.length).toBeGreaterThan(7);
  for (const use of uses) {
    const [login, ...others] = loginsIn(use.section);
    expect([saying(use), others]).toEqual([saying(use), []]);
    expect(accounts).toContain(login);
    const [path, capability] = calledBy(use.command) ?? ['(no path is known)', ''];
    const may = policies.get(login)?.get(path) ?? [];
    expect([saying(use, ` as ${login}, ${path}`), may.includes(capability)]).toEqual([
      saying(use, ` as ${login}, ${path}`),
      true,
    ]);
  }
});

test('each command that takes a root token says how to have one, and none is asked for elsewhere', () => {
  const uses = [...usesIn('as_root'), ...usesIn('vault_as').filter(({ section }) => loginsIn(section).length === 0)];
  expect(uses.length).toBeGreaterThan(5);
  const unexplained = uses.filter(({ section }) => section.title !== ADMINISTRATOR && !section.text.includes(LINK));
  expect(unexplained.map((use) => saying(use))).toEqual([]);
  const held = blocksOf('sh').filter(({ text }) => /VAULT_TOKEN=(hvs|root)|\bvault login (?!-method)/.test(text));
  expect(held).toEqual([]);
});
