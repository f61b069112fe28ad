import { generate, lacking, run } from '../../images/bootstrap/src/secrets';
import { bootstrapOf } from '../helpers/objects';
import { synth } from '../helpers/synth';

class Killed extends Error {}

const stored: Record<string, { values: Record<string, string>; version: string }> = {};
const reasons: string[] = [];
const hooks = { onWrite: async () => {}, onWait: () => {} };
let versions = 0;
const keep = (name: string, values: Record<string, string>) => {
  stored[name] = { values, version: String(++versions) };
};

jest.mock('../../images/bootstrap/src/kubernetes', () => {
  class Conflict extends Error {}
  return {
    Conflict,
    readVersioned: async (_kind: string, _namespace: string, name: string) => stored[name],
    create: async (_kind: string, _namespace: string, name: string, values: Record<string, string>) => {
      await hooks.onWrite();
      if (stored[name]) return false;
      keep(name, values);
      return true;
    },
    change: async (_kind: string, _ns: string, name: string, values: Record<string, string>, version?: string) => {
      await hooks.onWrite();
      if (version && version !== stored[name]?.version) throw new Conflict('changed in between');
      keep(name, { ...stored[name].values, ...values });
    },
  };
});
jest.mock('../../images/bootstrap/src/program', () => ({
  configuration: () => ({ secrets: [] }),
  log: () => {},
  untilDone: async (step: () => Promise<unknown>) => {
    for (let tries = 0; tries < 9; tries++) {
      try {
        return await step();
      } catch (error) {
        if (error instanceof Killed) throw error;
        reasons.push((error as Error).message);
        hooks.onWait();
      }
    }
    throw new Error(reasons.at(-1));
  },
}));

beforeEach(() => {
  for (const name of Object.keys(stored)) delete stored[name];
  reasons.length = 0;
  Object.assign(hooks, { onWrite: async () => {}, onWait: () => {} });
});

/** What happens once, just before the next write arrives. */
const meanwhile = (what: () => Promise<unknown> | unknown) => {
  hooks.onWrite = async () => {
    hooks.onWrite = async () => {};
    await what();
  };
};

const users = (...names: string[]) => ({
  secretName: 'users',
  values: Object.fromEntries(names.map((name) => [name, `{{password ${name} 20}}`])),
});
const configured = (...secrets: { secretName: string; values: Record<string, string> }[]) => ({
  namespace: 'ours',
  secrets,
});
const LOGIN = {
  secretName: 'database',
  values: {
    username: 'bnd',
    password: '{{password main 32}}',
    url: 'postgresql://bnd:{{password main 32}}@db.svc:5432/bnd?sslmode=disable',
  },
};
const RANDOM = /^[A-Za-z0-9]{20}$/;

describe('a Secret that is there', () => {
  test('gains the keys that the configuration names and it lacks, and all else stays as it is', async () => {
    const before = { a: '', b: 'by hand\n', gone: 'of a group that went', constructor: 'x' };
    keep('users', before);
    await run(configured(users('a', 'b', 'toString')));
    expect(stored.users.values).toEqual({ ...before, toString: expect.stringMatching(RANDOM) });
  });

  test('with all keys is not written', async () => {
    await run(configured(users('a', 'b')));
    const { version } = stored.users;
    await run(configured(users('b')));
    expect(stored.users.version).toBe(version);
  });

  test('made by another run in between gains what that did not know of', async () => {
    meanwhile(() => run(configured(users('a'))));
    await run(configured(users('a', 'b')));
    expect(Object.keys(stored.users.values)).toEqual(['a', 'b']);
  });

  test('changed by another run in between keeps what that wrote', async () => {
    keep('users', { a: 'first' });
    const theirs: Record<string, string> = {};
    meanwhile(async () => {
      await run(configured(users('a', 'b')));
      Object.assign(theirs, stored.users.values);
    });
    await run(configured(users('a', 'b', 'c')));
    expect(stored.users.values).toEqual({ ...theirs, a: 'first', c: expect.stringMatching(RANDOM) });
  });

  test('deleted in between is made', async () => {
    keep('users', { a: 'first' });
    meanwhile(() => delete stored.users);
    await run(configured(users('a', 'b')));
    expect(Object.keys(stored.users.values)).toEqual(['a', 'b']);
    expect(stored.users.values.a).not.toBe('first');
  });

  test('is whole after a run that follows one killed at any write', async () => {
    const config = configured(users('a', 'b'), LOGIN);
    keep('users', { a: 'first' });
    for (const _ of config.secrets) {
      let writes = 0;
      hooks.onWrite = async () => {
        if (writes++ > 0) throw new Killed();
      };
      await run(config).catch(() => {});
    }
    hooks.onWrite = async () => {};
    const { password, url } = stored.database.values;
    expect(url).toBe(`postgresql://bnd:${password}@db.svc:5432/bnd?sslmode=disable`);
    expect(stored.users.values).toEqual({ a: 'first', b: expect.stringMatching(RANDOM) });
  });
});

describe('values that belong together', () => {
  const URL = 'postgresql://bnd:abc123@db.svc:5432/bnd?sslmode=disable';

  test.each([
    ['whole', 'url', { password: 'abc123' }, URL],
    ['inside a text', 'password', { url: URL }, 'abc123'],
    ['in one of two', 'url', { password: 'abc123', copy: 'an earlier text' }, URL],
  ])('stay together: the other key tells the value %s', (_, key, present, expected) => {
    const values = { ...LOGIN.values, copy: 'copy: {{password main 32}}' };
    expect(lacking(values, { username: 'bnd', copy: 'copy: abc123', ...present })[key]).toBe(expected);
  });

  test('a key with several values takes those that are told, and makes the others', () => {
    const values = { all: '{{random root 32}}|{{random root 32}}|{{random new 3}}', one: '<{{random root 32}}>' };
    expect(lacking(values, { one: '<YWJj+/==>' }).all).toMatch(/^YWJj\+\/==\|YWJj\+\/==\|[A-Za-z0-9+/]{4}$/);
    expect(lacking(values, { all: 'YQ==|YQ==|YWJj' })).toEqual({ one: '<YQ==>' });
    expect(() => lacking(values, { all: 'YQ==|Yg==|YWJj' })).toThrow('which has a value in common with all');
  });

  test.each([
    ['were written by hand', { password: 'p@ss', copy: 'copy: p@ss' }],
    ['contradict each other', { password: 'abc123', copy: 'copy: xyz' }],
  ])('are not guessed where those that are there %s: it waits, and holds up no other', async (_, present) => {
    const database = { ...LOGIN, values: { ...LOGIN.values, copy: 'copy: {{password main 32}}' } };
    keep('database', { username: 'bnd', ...present });
    const before = { ...stored.database.values };
    const beside: object[] = [];
    hooks.onWait = () => {
      beside.push({ ...stored.database.values }, Object.keys(stored.users.values));
      keep('database', { ...before, url: 'by hand' });
    };
    await run(configured(database, users('a')));
    expect(reasons).toEqual([
      'Secret ours/database lacks url, which has a value in common with password and copy, and what stands there does not tell which: add url by hand',
    ]);
    expect(beside).toEqual([before, ['a']]);
    expect(stored.database.values).toEqual({ ...before, url: 'by hand' });
  });
});

test('the root key that Boundary had is in the file that opens what it encrypted, and nothing else is made', () => {
  const keysOf = (settings: string): Record<string, string> => {
    const { objects } = synth(`boundary: {${settings}}`);
    const ours = objects.filter(({ metadata }) => metadata.namespace === 'boundary');
    return bootstrapOf(ours, 'generated-secrets').secrets.find((s: any) => s.secretName === 'boundary-kms-keys').values;
  };
  const present = generate(keysOf('kms: {type: aead}'));
  const { 'previous.hcl': previous, ...others } = lacking(
    keysOf('kms: {type: transit}, previousKms: {type: aead}'),
    present,
  );
  const rootIn = (hcl: string) => /purpose = "(?:previous-)?root"\n([^}]*)}/.exec(hcl)?.[1];
  expect(rootIn(previous)).toBe(rootIn(present['kms.hcl']));
  expect(rootIn(previous)).toContain('key_id = "global_root"');
  expect(others).toEqual({});
});

test('where other values are asked for, all are other ones', async () => {
  await run(configured(users('a')));
  const { a } = stored.users.values;
  await run({ ...configured(users('a')), anew: true });
  expect(stored.users.values.a).toMatch(RANDOM);
  expect(stored.users.values.a).not.toBe(a);
});
