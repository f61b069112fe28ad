import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isGood, parseCertificate } from '../../images/bootstrap/src/ssh-certificate';
import { type Host, hostOf, type Known, reconcile, type World } from '../../images/bootstrap/src/ssh-hosts';
import { certificate, keyOf, TYPE } from '../helpers/host-certificate';
import { testWith } from '../helpers/programs';

jest.mock('../../images/bootstrap/src/program', () => ({ configuration: () => ({}), keep: () => {}, log: () => {} }));

const DAY = 24 * 3600 * 1000;
const AUTHORITY = keyOf(1000);
const names = (name: string) =>
  ['devenv', 'devenv.svc', 'devenv.svc.cluster.local'].map((domain) => `${name}.${domain}`);

describe('a host certificate', () => {
  const wanted = { key: keyOf(1), principals: names('devenv-0'), authority: AUTHORITY };
  const made = certificate(wanted.key, wanted.principals, AUTHORITY);

  test('is good until a third of its life is left', () => {
    const good = (days: number) => isGood(made, wanted, Date.now() + days * DAY);
    expect([0, 59, 61, 91].map(good)).toEqual([true, true, false, false]);
  });

  test.each<[string, Partial<typeof wanted>]>([
    ['another key', { key: keyOf(2) }],
    ['another name', { principals: names('devenv-1') }],
    ['a name more', { principals: [...wanted.principals, 'devenv-0'] }],
    ['another authority', { authority: keyOf(1001) }],
  ])('is not good for %s', (_title, other) => {
    expect(isGood(made, { ...wanted, ...other })).toBe(false);
  });

  test.each([undefined, '', 'ssh-ed25519 AAAA', TYPE, `${TYPE} AAAA`, made.slice(0, 300), 'x'.repeat(9000)])(
    'is none if it is %p',
    (line) => expect(parseCertificate(line)).toBeUndefined(),
  );
});

testWith(['ssh-keygen'], 'certificates are read as ssh-keygen makes them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ssh-hosts-'));
  try {
    const at = (name: string) => join(folder, name);
    const keygen = (...args: string[]) => execFileSync('ssh-keygen', ['-q', ...args], { stdio: 'pipe' });
    const text = (name: string) => readFileSync(at(name), 'utf8');
    for (const name of ['ca', 'host']) keygen('-t', 'ed25519', '-N', '', '-f', at(name));
    keygen(
      '-s',
      at('ca'),
      '-h',
      '-I',
      'id',
      '-n',
      'a.devenv,b.devenv',
      '-V',
      '20260101000000Z:20260401000000Z',
      at('host.pub'),
    );
    const key = text('host.pub').split(' ')[1];
    expect(parseCertificate(text('host-cert.pub'))).toEqual({
      key,
      principals: ['a.devenv', 'b.devenv'],
      from: Date.UTC(2026, 0, 1),
      to: Date.UTC(2026, 3, 1),
      authority: text('ca.pub').split(' ')[1],
    });
    keygen('-s', at('ca'), '-I', 'id', '-n', 'a.devenv', at('host.pub'));
    expect(parseCertificate(text('host-cert.pub'))).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const podOf = (name: string, set: string, said: string | undefined, annotations: Record<string, string> = {}) => ({
  metadata: { name, namespace: 'devenv', labels: { 'app.kubernetes.io/instance': set }, annotations },
  status: {
    initContainerStatuses: [
      { name: 'host-key', state: said === undefined ? { running: {} } : { terminated: { message: said } } },
    ],
  },
});
const said = (seed: number) => `ssh-ed25519 ${keyOf(seed)} devenv-0\n`;
const service = (name: string) => ({ 'agent-sandbox.dev/host': name });

test('a full name ends in the domain of the cluster', () =>
  expect(hostOf(podOf('devenv-0', 'devenv', said(1)), 'k8s.example.com')?.principals).toEqual([
    'devenv-0.devenv',
    'devenv-0.devenv.svc',
    'devenv-0.devenv.svc.k8s.example.com',
  ]));

// SECURITY.md: "It believes the kubelet, which writes the pod's status"
// SECURITY.md: "So whoever may create pods in devenv, or change their labels"
describe('an environment is certified for', () => {
  test.each<[string, any, Partial<Host> | undefined]>([
    [
      'its own name',
      podOf('devenv-0', 'devenv', said(1)),
      { principals: names('devenv-0'), secretName: 'devenv-ssh-host', key: keyOf(1) },
    ],
    [
      "its user's",
      podOf('devenv-alice-0', 'devenv-alice', said(2), service('devenv-alice')),
      { principals: names('devenv-alice'), secretName: 'devenv-alice-ssh-host' },
    ],
    ['its own name among many', podOf('devenv-1234', 'devenv', said(3)), { secretName: 'devenv-ssh-host-3' }],
    [
      "nothing, claiming another's name",
      podOf('devenv-bob-0', 'devenv-bob', said(1), service('devenv-alice')),
      undefined,
    ],
    ['nothing, in a set that is not its own', podOf('devenv-bob-0', 'devenv-alice', said(1)), undefined],
    ['nothing, without a number', podOf('devenv-bob', 'devenv', said(1)), undefined],
    ['nothing, while it has no key', podOf('devenv-0', 'devenv', undefined), undefined],
    ['nothing, without a status', { metadata: podOf('devenv-0', 'devenv', '').metadata }, undefined],
    ['nothing, with a key of another type', podOf('devenv-0', 'devenv', 'ssh-rsa AAAAB3NzaC1yc2E='), undefined],
    [
      'nothing, with words in the place of a key',
      podOf('devenv-0', 'devenv', `ssh-ed25519 ${'x'.repeat(68)}`),
      undefined,
    ],
  ])('%s', (_title, pod, expected) => {
    const host = hostOf(pod, 'cluster.local');
    if (expected) expect(host).toMatchObject(expected);
    else expect(host).toBeUndefined();
  });
});

/** A cluster of so many environments and a Vault, with what was asked of them. */
function worldOf(hosts: Host[], failing = '') {
  const secrets: Record<string, Record<string, string>> = {};
  const asked: string[] = [];
  const state = { authority: AUTHORITY, signedAt: Date.now() };
  const world: World = {
    hosts: async () => hosts,
    authority: async () => state.authority,
    signer: async () => {
      asked.push('login');
      return async (_namespace, { key, principals, pod }) => {
        asked.push(`sign ${pod}`);
        return certificate(key, principals, state.authority, state.signedAt);
      };
    },
    read: async (_namespace, name) => secrets[name],
    write: async (_namespace, name, values) => {
      if (name === failing) throw new Error(`no right to ${name}`);
      asked.push(`write ${name}`);
      secrets[name] = { ...secrets[name], ...values };
    },
  };
  const known: Known = new Map();
  /** What one look asks for. */
  const look = async (from: Known = known) => {
    asked.length = 0;
    await reconcile(['devenv'], world, from);
    return [...asked];
  };
  return { secrets, state, look, asked };
}
const numbered = (count: number) =>
  Array.from({ length: count }, (_, n) => hostOf(podOf(`devenv-${n}`, 'devenv', said(n)), 'cluster.local') as Host);

describe('the signer', () => {
  test('certifies 1,000 environments with two Secrets, and asks for nothing more afterwards', async () => {
    const { secrets, look } = worldOf(numbered(1000));
    const first = await look();
    expect(first.filter((line) => line.startsWith('sign'))).toHaveLength(1000);
    expect(first.filter((line) => !line.startsWith('sign'))).toEqual([
      'login',
      'write devenv-ssh-host',
      'write devenv-ssh-host-2',
    ]);
    expect(Object.values(secrets).map((values) => Object.keys(values).length)).toEqual([500, 500]);
    expect(Object.values(secrets).map((values) => JSON.stringify(values).length < 2 ** 19)).toEqual([true, true]);
    expect(await look()).toEqual([]);
  });

  test('finds what stands already when it starts anew', async () => {
    const { look } = worldOf(numbered(3));
    await look();
    expect(await look(new Map())).toEqual([]);
  });

  test('certifies a new key alone, and leaves the others', async () => {
    const hosts = numbered(3);
    const { look } = worldOf(hosts);
    await look();
    hosts[1] = { ...hosts[1], key: keyOf(77) };
    expect(await look()).toEqual(['login', 'sign devenv-1', 'write devenv-ssh-host']);
    expect(await look()).toEqual([]);
  });

  test('renews well before the end, and at once for another authority', async () => {
    const { look, state } = worldOf(numbered(2));
    state.signedAt = Date.now() - 61 * DAY;
    await look();
    state.signedAt = Date.now();
    expect(await look()).toEqual(['login', 'sign devenv-0', 'sign devenv-1', 'write devenv-ssh-host']);
    expect(await look()).toEqual([]);
    state.authority = keyOf(2000);
    expect(await look()).toHaveLength(4);
  });

  test('is held up by none that fails, and says so', async () => {
    const [alice, bob] = ['alice', 'bob'].map(
      (user) =>
        hostOf(
          podOf(`devenv-${user}-0`, `devenv-${user}`, said(5), service(`devenv-${user}`)),
          'cluster.local',
        ) as Host,
    );
    const { look, secrets } = worldOf([alice, bob], 'devenv-alice-ssh-host');
    await expect(look()).rejects.toThrow('no right to devenv-alice-ssh-host');
    expect(Object.keys(secrets)).toEqual(['devenv-bob-ssh-host']);
  });
});
