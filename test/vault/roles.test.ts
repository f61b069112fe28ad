import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { policyText } from '../../constructs/core/facts';
import { call } from '../../images/bootstrap/src/http';
import { ownPaths } from '../../images/bootstrap/src/vault-people';
import { applySetup } from '../../images/bootstrap/src/vault-setup';
import { describeWith } from '../helpers/programs';
import { example, type Rule, rulesIn, verbsAt } from '../helpers/vault-rights';
import { startVault, type VaultServer } from '../helpers/vault-server';
import { everything } from './every-login';

jest.mock('../../images/bootstrap/src/kubernetes', () => ({ read: async () => ({}), write: async () => {} }));
jest.mock('../../images/bootstrap/src/program', () => ({ log: () => {} }));

/** Given to no login by the platform itself: an administrator does. */
const SIGNERS = 'platform-ssh.people';
const PEOPLE = 'people';
const PERSON = 'dave';
const BOUNDARY = 'platform/data/boundary';
const LEASE = 'update sys/leases/revoke';
const HOSTS = 'read ssh-host/config/ca';
const SNAPSHOT = 'read sys/storage/raft/snapshot';
/** Verbs at a path, or at several. */
const at = (verbs: string, ...paths: string[]) =>
  paths.flatMap((path) => verbs.split(',').map((verb) => `${verb} ${path}`));
const use = (...keys: string[]) =>
  keys.flatMap((key) => [`update transit/encrypt/${key}`, `update transit/decrypt/${key}`]);
const PROGRAMS = ['keeper', 'agents/robot', 'agents/ci'].map((name) => `${BOUNDARY}/${name}`);

/** Every login there is, and what it may do of that which others were granted: all else is its own alone. */
const LOGINS: Readonly<Record<string, readonly string[]>> = {
  bootstrap: [
    ...at('create,update', 'auth/token/create/boundary-store', 'sys/mounts/secret', 'sys/mounts/terraform'),
    ...at('update', 'sys/mounts/secret/tune', 'sys/mounts/terraform/tune'),
    ...at('read', 'sys/mounts', 'sys/policies/acl/platform-x', 'auth/x/role/platform-x'),
    HOSTS,
  ],
  terraform: [
    ...at('read', `${BOUNDARY}/terraform`, 'sys/mounts', 'sys/policies/acl/platform-x', 'auth/x/role/platform-x'),
    'read auth/kubernetes/role/platform-x',
    // With the host of the configuration alone.
    ...at('create,update', 'terraform/config'),
  ],
  'terraform-config-writer': at('create,update', 'terraform/config'),
  'boundary-bootstrap': [...at('create,read,update', ...PROGRAMS), `read ${BOUNDARY}/terraform`],
  'boundary-keeper': at('create,read,update', ...PROGRAMS),
  'boundary-store': [LEASE, HOSTS],
  'boundary-kms-controller': use('boundary-recovery', 'boundary-worker-auth'),
  'boundary-kms-recovery': use('boundary-recovery'),
  'boundary-kms-worker': use('boundary-worker-auth'),
  'platform-agent.robot': [`read ${BOUNDARY}/agents/robot`],
  'platform-agent.ci': [`read ${BOUNDARY}/agents/ci`],
  'platform-devenv': ['read secret/data/devenv/credentials', LEASE],
  'platform-devenv.devenv-alice': ['read secret/data/devenv/alice'],
  'platform-devenv.devenv-bob': ['read secret/data/devenv/bob'],
  'platform-more': [],
  'platform-vault-secrets-operator-system': [],
  'platform-writes-devenv-credentials': ['read secret/data/devenv/credentials'],
  'platform-writes-devenv-alice': ['read secret/data/devenv/alice'],
  'platform-writes-devenv-bob': ['read secret/data/devenv/bob'],
  'platform-ssh.ci': [HOSTS, 'update ssh/sign/devenv-bob'],
  [SIGNERS]: [HOSTS, 'update ssh/sign/devenv-bob'],
  'ssh-host-signer': [],
  'vault-backup': [SNAPSHOT],
  'vault-snapshots': [SNAPSHOT],
  'vault-break-glass': [],
  'vault-rotations': [],
  'vault-servers': [],
  [PEOPLE]: [],
};

interface Login {
  readonly token: string;
  readonly policies: readonly string[];
  readonly rules: readonly Rule[];
}
/** A verb at a path. */
type Right = readonly [verb: string, path: string];

/** What asks for a right. A write is an update to Vault, or at a path where nothing is yet, to some engines, a creation. */
const METHODS: Readonly<Record<string, string>> = {
  read: 'GET',
  list: 'LIST',
  create: 'POST',
  update: 'POST',
  delete: 'DELETE',
  patch: 'PATCH',
};
/** Vault 1 answers these to anybody, or looks at more than the path: what it says of capabilities stands for them. */
const OTHERWISE =
  /^(sys\/generate-root\/|sys\/rekey-recovery-key\/|sys\/internal\/ui\/|sys\/wrapping\/|pki\/cert\/ca$)/;
/** Where they are allowed, these end what other rows need: so here, too. */
const ENDS = /^(update auth\/token\/revoke-self|delete sys\/mounts\/.*)$/;
/** Paths at which Vault asks for sudo besides. */
const ASKS_SUDO = /^sys\/(audit|auth\/)/;
/** What a policy asks of a body. */
const BODIES: Readonly<Record<string, object>> = {
  'sys/mounts/terraform': { type: 'terraform' },
  'terraform/config': { address: 'https://app.terraform.io', token: 'x' },
};

describeWith(['vault'], 'every role of a real Vault', () => {
  let vault: VaultServer;
  let common: readonly Rule[];
  const logins = new Map<string, Login>();
  const { people, ...setup } = everything();
  const mounts = ['kubernetes', ...setup.issuers.map(({ mount }) => mount)];

  const rulesOf = async (policies: readonly string[]): Promise<Rule[]> => {
    const texts = policies.map(async (name) => (await vault.root.read(`sys/policies/acl/${name}`)).data.policy);
    return (await Promise.all(texts)).flatMap((text) => rulesIn(text, PERSON));
  };
  /** Keeps a login by what its own token is said to have. */
  const keep = async (name: string, { auth }: { auth: { client_token: string; token_policies: string[] } }) => {
    const { client_token: token, token_policies: policies } = auth;
    logins.set(name, { token, policies, rules: await rulesOf(policies) });
  };
  /** Everything below a path of Vault. */
  const below = async (path: string): Promise<string[]> =>
    (await vault.root.read(`${path}?list=true`)).data.keys.map((name: string) => `${path}/${name}`);
  const create = (body: object) => vault.root.write('auth/token/create', { ...body, no_parent: true });
  /** A token as those have it who log in, for whom no API server vouches here. */
  const logInBy = async (path: string) => {
    const { token_policies: policies, token_no_default_policy } = (await vault.root.read(path)).data;
    await keep(basename(path), await create({ policies, no_default_policy: token_no_default_policy }));
  };
  const logInAsPerson = async () => {
    await vault.root.write('sys/auth/userpass', { type: 'userpass' });
    const { accessor } = (await vault.root.read('sys/auth')).data['userpass/'];
    await vault.root.write(`sys/policies/acl/${PEOPLE}`, { policy: policyText(ownPaths(people.folder, accessor)) });
    await vault.root.write(`auth/userpass/users/${PERSON}`, { password: 'x', token_policies: [PEOPLE] });
    await keep(PEOPLE, await vault.root.write(`auth/userpass/login/${PERSON}`, { password: 'x' }));
  };
  const rolesIn = async (mounts: readonly string[]): Promise<string[]> =>
    (await Promise.all(mounts.map((mount) => below(`auth/${mount}/role`)))).flat();
  const tokenRoles = () => below('auth/token/roles');

  beforeAll(async () => {
    vault = await startVault();
    await applySetup(vault.root, setup);
    common = await rulesOf(['default']);
    for (const role of await rolesIn(mounts)) await logInBy(role);
    for (const role of await tokenRoles())
      await keep(basename(role), await vault.root.write(role.replace('/roles/', '/create/'), {}));
    await keep(SIGNERS, await create({ policies: [SIGNERS] }));
    await logInAsPerson();
  });
  afterAll(() => vault?.stop());

  /** Every right that others have, of which every token has some. */
  const rightsOfOthers = (name: string): Right[] => {
    const others = [...logins].flatMap(([other, { rules }]) => (other === name ? [] : rules));
    const all = [...others, ...common].flatMap(({ pattern, verbs }) =>
      verbs.map((verb) => [verb, example(pattern)] as const),
    );
    return [...new Map(all.map((right) => [right.join(' '), right])).values()];
  };

  const isDenied = async ([verb, path]: Right, token: string): Promise<boolean> => {
    const method = METHODS[verb];
    const { status } = await call({
      method,
      url: `${vault.root.address}/v1/${path}`,
      ca: readFileSync(vault.authority),
      headers: { 'x-vault-token': token },
      ...(method.startsWith('P') && { body: BODIES[path] ?? {} }),
      contentType: method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    });
    return status === 403;
  };

  /** Where Vault lets a login do something else than its own policies say: nothing, if all is well. */
  const wrongFor = async ({ token, rules }: Login, rights: readonly Right[]): Promise<string[]> => {
    const paths = [...new Set(rights.map(([, path]) => path))];
    const said: Record<string, string[]> = (await vault.root.write('sys/capabilities', { token, paths })).data;
    const wrong = paths
      .map((path) => `${path}: ${said[path].filter((verb) => verb !== 'deny').sort()}, not ${verbsAt(rules, path)}`)
      .filter((line) => !/: (.*), not \1$/.test(line));
    for (const right of rights.filter(([verb, path]) => verb in METHODS && !OTHERWISE.test(path))) {
      const [verb, path] = right;
      const own = verbsAt(rules, path);
      const may = own.includes(verb === 'create' ? 'update' : verb) && (!ASKS_SUDO.test(path) || own.includes('sudo'));
      if (may && ENDS.test(right.join(' '))) continue;
      if ((await isDenied(right, token)) === may) wrong.push(`${right.join(' ')}: ${may ? 'denied' : 'allowed'}`);
    }
    return wrong;
  };

  test('there is no other login, and no policy that none has', async () => {
    const methods = Object.keys((await vault.root.read('sys/auth')).data).map((path) => path.replace(/\/$/, ''));
    expect(methods.sort()).toEqual([...mounts, 'token', 'userpass'].sort());
    const roles = [...(await rolesIn(mounts)), ...(await tokenRoles())].map((path) => basename(path));
    expect([...roles, SIGNERS, PEOPLE].sort()).toEqual(Object.keys(LOGINS).sort());
    expect([...logins.keys()].sort()).toEqual(Object.keys(LOGINS).sort());
    const policies = (await below('sys/policies/acl')).map((path) => basename(path));
    const held = new Set([...logins.values()].flatMap(({ policies: own }) => own));
    expect(policies.filter((name) => !held.has(name))).toEqual(['root']);
  });

  test.each(Object.entries(LOGINS))(
    '%s may do what its own policies say, and of others’ nothing else',
    async (name, shared) => {
      const login = logins.get(name) as Login;
      const rights = rightsOfOthers(name);
      const known = new Set(common.map(({ pattern }) => example(pattern)));
      const also = rights.filter(([verb, path]) => !known.has(path) && verbsAt(login.rules, path).includes(verb));
      expect(also.map((right) => right.join(' ')).sort()).toEqual([...shared].sort());
      expect(rights.length).toBeGreaterThan(100);
      expect(await wrongFor(login, rights)).toEqual([]);
    },
  );

  test('a right more than that is found, by what Vault says of it and by what it does', async () => {
    const name = 'ssh-host-signer';
    const path = 'secret/data/devenv/alice';
    await vault.root.write('sys/policies/acl/more', { policy: policyText({ [path]: ['read'] }) });
    const { auth } = await create({ policies: [name, 'more'] });
    const { rules } = logins.get(name) as Login;
    const wrong = await wrongFor({ token: auth.client_token, rules, policies: [] }, rightsOfOthers(name));
    expect(wrong).toEqual([`${path}: read, not `, `read ${path}: allowed`]);
  });
});
