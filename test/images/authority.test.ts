import { X509Certificate } from 'node:crypto';
import { type Replacement, replace, type Step } from '../../images/bootstrap/src/authority';
import { type Config, type Done, reconcile } from '../../images/bootstrap/src/certificates';
import { describeWith } from '../helpers/programs';

class Killed extends Error {}

type Values = Record<string, string>;
const stored = new Map<string, { values: Values; version: string }>();
const written: string[] = [];
const hooks = { onWrite: () => {}, onWait: async () => {} };
let versions = 0;
let clockMs = 0;

const nameOf = (kind: string, namespace: string, name: string) => `${kind} ${namespace}/${name}`;
const store = (place: string, values: Record<string, string | null>) => {
  hooks.onWrite();
  const after = Object.entries({ ...stored.get(place)?.values, ...values }).filter(([, value]) => value !== null);
  stored.set(place, { values: Object.fromEntries(after) as Values, version: `${++versions}` });
  written.push(place);
  return stored.get(place)?.version;
};

jest.mock('../../images/bootstrap/src/kubernetes', () => {
  class Conflict extends Error {}
  const at = (...place: [string, string, string]) => stored.get(nameOf(...place));
  return {
    Conflict,
    read: async (...place: [string, string, string]) => at(...place)?.values,
    readVersioned: async (...place: [string, string, string]) => at(...place),
    create: async (kind: string, namespace: string, name: string, values: Values) =>
      at(kind, namespace, name) ? false : Boolean(store(nameOf(kind, namespace, name), values)),
    write: async (kind: string, namespace: string, name: string, values: Values) =>
      void store(nameOf(kind, namespace, name), values),
    change: async (kind: string, namespace: string, name: string, values: Values, version?: string) => {
      if (version && version !== at(kind, namespace, name)?.version) throw new Conflict('changed in between');
      return store(nameOf(kind, namespace, name), values);
    },
  };
});
jest.mock('../../images/bootstrap/src/program', () => {
  class Hopeless extends Error {}
  return {
    Hopeless,
    configuration: () => ({}),
    keep: () => {},
    log: () => {},
    untilDone: async (step: () => Promise<unknown>) => {
      for (let last: unknown, tries = 0; ; tries++) {
        try {
          return await step();
        } catch (error) {
          if (error instanceof Hopeless || error instanceof Killed || tries > 20) throw last ?? error;
          last = error;
          await hooks.onWait();
          last = undefined;
        }
      }
    },
  };
});

const KEY = 'secrets platform-bootstrap/authority';
const place = { namespace: 'platform-bootstrap', secretName: 'authority' };
const replacement: Replacement = { authority: place, settleSec: 180 };
const server = (namespace: string) => ({
  namespace,
  secretName: `${namespace}-tls`,
  dnsNames: [`${namespace}.svc`],
  ipAddresses: ['127.0.0.1'],
});
const config: Config = {
  authority: place,
  isFollowed: false,
  certificateDays: 90,
  bundle: 'platform-ca',
  certificates: [server('vault'), server('boundary')],
  publishTo: ['devenv', 'boundary'],
};
const SERVERS = ['secrets vault/vault-tls', 'secrets boundary/boundary-tls'];
const BUNDLES = ['devenv', 'boundary'].flatMap((namespace) => [
  `configmaps ${namespace}/platform-ca`,
  `secrets ${namespace}/platform-ca`,
]);

const held = (at: string, key: string): string | undefined => stored.get(at)?.values[key];
const pems = (text = '') => text.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----\n/g) ?? [];
const trusts = (bundle: string | undefined, certificate: string): boolean =>
  pems(bundle).some((pem) => new X509Certificate(certificate).verify(new X509Certificate(pem).publicKey));

/** Programs that ran before are gone: this one looks at everything again. */
const programRuns = () => reconcile(config, { atMs: Number.NEGATIVE_INFINITY });
const take = async (step: Step) => replace(step, replacement);
/** The program in the cluster goes on, and a minute goes by. */
const whileItRuns = () => {
  const done: Done = { atMs: Number.NEGATIVE_INFINITY };
  hooks.onWait = async () => {
    clockMs += 60_000;
    await reconcile(config, done);
  };
};

/** Places where a server shows what one of its clients does not trust. */
const lockedOut = (): string[] =>
  SERVERS.flatMap((at) => {
    const certificate = held(at, 'tls.crt');
    if (!certificate) return [];
    return [...BUNDLES.map((bundle) => held(bundle, 'ca.crt')), ...SERVERS.map((other) => held(other, 'ca.crt'))]
      .filter((bundle) => bundle !== undefined && !trusts(bundle, certificate))
      .map(() => at);
  });

describeWith(['openssl'], 'another authority', () => {
  let old: string;

  beforeEach(async () => {
    stored.clear();
    Object.assign(hooks, { onWrite: () => {}, onWait: async () => {} });
    clockMs = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => clockMs);
    await programRuns();
    old = held(KEY, 'tls.crt') ?? '';
    whileItRuns();
    written.length = 0;
  });
  afterEach(() => jest.restoreAllMocks());

  const published = () => new Set([...BUNDLES, ...SERVERS].map((at) => held(at, 'ca.crt')));
  const served = () => SERVERS.map((at) => held(at, 'tls.crt') ?? '');

  test('takes its place in three steps: both are trusted, it signs, the one before is gone', async () => {
    const before = served();
    await take('trust');
    const next = held(KEY, 'next.crt') ?? '';
    expect(next).not.toBe('');
    expect([...published()]).toEqual([old + next]);
    expect(served()).toEqual(before);

    await take('sign');
    expect([...published()]).toEqual([next + old]);
    expect(served().map((certificate) => [trusts(next, certificate), trusts(old, certificate)])).toEqual([
      [true, false],
      [true, false],
    ]);

    const after = served();
    await take('drop');
    expect([...published()]).toEqual([next]);
    expect(served()).toEqual(after);
    expect(Object.keys(stored.get(KEY)?.values ?? {}).sort()).toEqual(['everywhere', 'since', 'tls.crt', 'tls.key']);
  });

  test('has a name of its own, by which clients tell which of the two has signed', async () => {
    await take('trust');
    const names = [old, held(KEY, 'next.crt') ?? ''].map((pem) => new X509Certificate(pem).subject);
    expect(new Set(names).size).toBe(2);
  });

  test('whatever is killed before whichever write, the same again goes on, and never is anybody locked out', async () => {
    const failures: string[] = [];
    for (let kills = 0, alive = 0; ; kills++) {
      let left = alive;
      hooks.onWrite = () => {
        failures.push(...lockedOut());
        if (left-- === 0) throw new Killed('killed');
      };
      const steps: Step[] = ['trust', 'sign', 'drop'];
      let killed = false;
      for (const step of steps) {
        try {
          // The program in the cluster ends what is left.
          if (held(KEY, 'tls.crt') !== old && !held(KEY, 'previous.crt')) continue;
          await take(step);
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
          killed = true;
          whileItRuns();
          break;
        }
      }
      failures.push(...lockedOut());
      if (!killed) break;
      alive = kills % 3;
      expect(kills).toBeLessThan(60);
    }
    hooks.onWrite = () => {};
    await programRuns();
    const now = held(KEY, 'tls.crt') ?? '';
    expect([failures, [...published()], now === old]).toEqual([[], [now], false]);
    expect(served().map((certificate) => trusts(now, certificate))).toEqual([true, true]);
  });

  test('signs nothing before everybody has had the time to trust it, and the one before is trusted as long', async () => {
    await take('trust');
    const begun = clockMs;
    await take('sign');
    expect(clockMs - begun).toBeGreaterThanOrEqual(180_000);
    const signed = clockMs;
    await take('drop');
    expect(clockMs - signed).toBeGreaterThanOrEqual(180_000);
  });

  test('signs nothing while the program in the cluster has not brought it everywhere', async () => {
    await take('trust').catch(() => {});
    hooks.onWait = async () => {
      clockMs += 3_600_000;
    };
    const secret = stored.get(KEY);
    stored.set(KEY, { values: { ...secret?.values, everywhere: 'another' }, version: 'x' });
    await expect(take('sign')).rejects.toThrow('certificate-authority has not brought it everywhere');
    expect(held(KEY, 'tls.crt')).toBe(old);
  });

  test('each step may be taken again, and is not another one', async () => {
    for (const step of ['trust', 'sign', 'drop'] as const) {
      await take(step);
      const { values } = stored.get(KEY) ?? {};
      await take(step);
      expect([step, stored.get(KEY)?.values]).toEqual([step, values]);
    }
  });

  test('steps in another order are refused, with the one that comes first', async () => {
    await expect(take('sign')).rejects.toThrow('there is no other authority yet: trust comes first');
    await take('trust');
    await expect(take('drop')).rejects.toThrow('the other authority signs nothing yet: sign comes first');
    await expect(replace('toString', replacement)).rejects.toThrow('"toString" is no step: trust, sign, drop are');
    stored.delete(KEY);
    await expect(take('trust')).rejects.toThrow('no Secret platform-bootstrap/authority');
  });

  test('goes on from the first step again, and is no third one', async () => {
    for (const step of ['trust', 'sign', 'trust', 'sign', 'drop'] as const) await take(step);
    expect([[...published()], held(KEY, 'tls.crt') === old]).toEqual([[held(KEY, 'tls.crt')], false]);
  });

  test('two who begin at once make one', async () => {
    const made = new Set<string | undefined>();
    hooks.onWrite = () => void made.add(held(KEY, 'next.crt'));
    await Promise.all([take('trust'), take('trust')]);
    made.add(held(KEY, 'next.crt'));
    expect([made.size, pems([...published()][0]).length]).toEqual([2, 2]);
  });

  test('nothing is written where nothing changes, and servers keep their certificates', async () => {
    const before = served();
    const done: Done = { atMs: Number.NEGATIVE_INFINITY };
    for (let rounds = 0; rounds < 3; rounds++) await reconcile(config, done);
    expect([written, served()]).toEqual([[], before]);
  });

  test('a change is followed at once, what others took away within an hour', async () => {
    const done: Done = { atMs: Number.NEGATIVE_INFINITY };
    await reconcile(config, done);
    stored.delete(BUNDLES[0]);
    await reconcile(config, done);
    expect(written).toEqual([]);
    clockMs += 3_601_000;
    await reconcile(config, done);
    expect(written).toEqual([BUNDLES[0]]);
  });

  test('of another issuer, the authority is published as soon as it is another one', async () => {
    const followed = { ...config, isFollowed: true, certificates: [] };
    const done: Done = { atMs: Number.NEGATIVE_INFINITY };
    await expect(reconcile(followed, done)).rejects.toThrow('platform-bootstrap/authority is not there yet');
    for (const certificate of ['one\n', 'two\n']) {
      store(KEY, { 'ca.crt': certificate });
      await reconcile(followed, done);
      expect(BUNDLES.map((at) => held(at, 'ca.crt'))).toEqual(BUNDLES.map(() => certificate));
    }
  });
});
