import { writeFileSync } from 'node:fs';
import { example, verbsAt } from '../../helpers/vault-rights';
import { becomesKnown, PASSWORD } from '../support/access';
import type { Confinement } from '../support/confinement';
import { eventually } from '../support/eventually';
import { changed, KEPT } from '../support/inventory';
import { KeycloakAdmin } from '../support/keycloak';
import { exec, find, kubectl, list, nodeAddress } from '../support/kubectl';
import { Loopback } from '../support/loopback';
import { Person } from '../support/person';
import { isFound, platform, workFile } from '../support/platform';
import { Processes } from '../support/processes';
import { run } from '../support/run';
import {
  cdktf,
  confine,
  destroy,
  forgetAuthority,
  makeProject,
  missing,
  nodePorts,
  PLANTED,
  pipeline,
  plans,
  stackNames,
  states,
  synthesized,
} from '../support/stacks';
import { triedUnless } from '../support/tried';
import { rootToken, vault } from '../support/vault';
import { everyRole, rulesOf } from '../support/vault-roles';

const why = missing();
const tried = triedUnless(why);

const CONFINED = isFound('confinement');

const PORT_FORWARD = { access: { mode: 'portForward', nodeAddress: 'localhost' } };

let loopback: Loopback | undefined;
let log = '';
let processes: string[] = [];
let confinement: Confinement | undefined;
let hostKey = '';

const HOST_KEY = 'ssh-keyscan -t ed25519 -p 2222 127.0.0.1 2>/dev/null | cut -d" " -f3';

const inDevenv0 = async (...command: string[]): Promise<string> =>
  (await exec({ namespace: 'devenv', pod: 'devenv-0' }, command)).stdout.trim();

const secretOf = async (namespace: string, name: string, key: string): Promise<string> =>
  Buffer.from((await find('secret', namespace, name)).data[key], 'base64').toString();

beforeAll(async () => {
  if (why) return;
  await platform();
  if (CONFINED) confinement = await confine();
});

tried(
  'one deploy takes over what kubectl applied, and finishes the platform',
  async () => {
    // The default way in: a node's ports on loopback, as on kind.
    loopback = new Loopback(await nodeAddress());
    await loopback.map(...['vault-external', 'boundary-external'].flatMap(nodePorts));
    await makeProject(PORT_FORWARD);
    const watch = new Processes();
    try {
      log += await cdktf('deploy');
    } finally {
      processes = watch.end();
    }
    expect(stackNames()).toEqual(expect.arrayContaining(['boundary', 'operators', 'vault', 'workloads']));
  },
  900_000,
);

triedUnless(why ?? (CONFINED ? undefined : 'this takes root and nft'))(
  'it reached the API server, Vault and Boundary, and nothing else',
  async () => {
    expect(await confinement?.refused()).toEqual([]);
    const dial = async (service: string) => {
      const url = `https://${await nodeAddress()}:${nodePorts(service)[0]}/`;
      const command = ['curl', '-sSk', '-o', '/dev/null', '-m', '10', url];
      const [anyone, confined] = [command, [...(confinement?.prefix ?? []), ...command]];
      const codes = await Promise.all(
        [anyone, confined].map(async ([program, ...args]) => (await run(program, args)).code),
      );
      return codes.map((code) => code === 0);
    };
    expect(await dial('boundary-external')).toEqual([true, true]);
    expect(await dial('keycloak-external')).toEqual([true, false]);
    const elsewhere = `tcp ${nodePorts('keycloak-external')[0]}`;
    expect(await confinement?.refused()).toEqual([expect.stringContaining(elsewhere)]);
  },
);

tried(
  'people log in on loopback, at one issuer for browser and servers, and enter by their group’s grant',
  async () => {
    await loopback?.map(...['keycloak-external', 'boundary-worker-0-external'].flatMap(nodePorts));
    const authority = await secretOf('boundary', 'boundary-tls', 'ca.crt');
    writeFileSync(workFile('ca.crt'), authority);
    await becomesKnown('devenv-0');
    const [boundary, keycloak] = ['boundary-external', 'keycloak-external'].map(
      (service) => `https://localhost:${nodePorts(service)[0]}`,
    );
    const admin = new KeycloakAdmin(keycloak, authority);
    const enter = async (name: string, group: string) => {
      await admin.makeUser(name, PASSWORD, [group]);
      const person = new Person(name);
      await person.logIn(boundary, PASSWORD);
      return person.sandboxctl('ssh', '0', '--', 'hostname');
    };
    expect(await enter('dora', 'developers')).toMatchObject({ code: 0, stdout: 'devenv-0\n' });
    expect(await enter('rita', 'readonly')).toMatchObject({ code: 1, stdout: '' });
  },
);

tried("nothing is left to change, which the exit status of the pipeline's plan tells", async () => {
  forgetAuthority();
  const { code, stdout, stderr } = await pipeline('plan');
  expect({ code, output: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, output: '' });
});

tried('every role of Vault may do what its policies say, and nothing of what others may', async () => {
  const token = await rootToken();
  const roles = await everyRole(token);
  // Of the platform that stands here; each of every other one is tried by requests in test/vault.
  expect(roles.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'bootstrap',
      'boundary-bootstrap',
      'boundary-keeper',
      'ssh-host-signer',
      'terraform',
      'vault-break-glass',
      'vault-servers',
      'vault-snapshots',
    ]),
  );
  const own = new Map(
    await Promise.all(
      roles.map(async ({ name, policies }) => {
        const rules = await Promise.all(policies.map((policy) => rulesOf(policy, token)));
        return [name, rules.flat()] as const;
      }),
    ),
  );
  const paths = [...new Set([...own.values()].flat().map(({ pattern }) => example(pattern)))];
  for (const { name, capabilities } of roles) {
    const can = await capabilities(paths);
    const said = (path: string) => can[path].filter((verb) => verb !== 'deny').sort();
    const wrong = paths.filter((path) => `${said(path)}` !== `${verbsAt(own.get(name) ?? [], path)}`);
    expect([name, wrong]).toEqual([name, []]);
  }
  expect(await vault('token revoke -self', token)).toMatchObject({ code: 0 });
});

/** All that the platform's programs said, bootstraps and Jobs included. */
async function logs(): Promise<string> {
  const pods = await list('pods', undefined, '-l', 'app.kubernetes.io/part-of=agent-sandbox-platform');
  const each = pods.map(({ metadata: { namespace, name } }) =>
    kubectl(['logs', '-n', namespace, name, '--all-containers', '--tail=-1']),
  );
  return (await Promise.all(each)).join('\n');
}

// SECURITY.md: "No key, password or token is in dist/"
tried('no secret of the platform stands in a state, a plan, a log or a list of processes', async () => {
  expect(processes).toEqual(expect.arrayContaining([expect.stringMatching(/terraform.* apply/)]));
  const written = [synthesized(), states(), await plans(), log, await logs(), ...processes].join('\n');
  expect(written).toContain('service account is in place');
  expect(log).toContain('LANGFUSE_SECRET_KEY is a secret');
  const secrets = [
    ...Object.values(PLANTED),
    await secretOf('boundary', 'boundary-database', 'password'),
    await secretOf('boundary', 'oidc-client', 'client-secret'),
    JSON.parse(await secretOf('platform-bootstrap', 'vault-keys', 'keys'))[0],
    /key = "([^"]+)"/.exec(await secretOf('boundary', 'boundary-kms-keys', 'recovery.hcl'))?.[1] ?? '',
  ];
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(20);
    expect(written).not.toContain(secret);
  }
  expect(written).not.toMatch(/hvs\.[A-Za-z0-9_-]{20}/);
  expect(written).toContain('platform-boundary');
});

tried(
  'a changed field is planned, and rolled out by that plan',
  async () => {
    await makeProject({ ...PORT_FORWARD, environments: { env: { ROLLED_OUT: 'yes' } } });
    const planned = await pipeline('plan');
    expect(planned).toMatchObject({ code: 2, stdout: expect.stringContaining('1 to change') });
    const applied = await pipeline('apply');
    expect(applied).toMatchObject({ code: 0, stdout: expect.stringContaining('1 changed') });
    log += planned.stdout + applied.stdout;
    await eventually(async () => {
      expect(await inDevenv0('printenv', 'ROLLED_OUT')).toBe('yes');
    }, 120);
    await inDevenv0('sh', '-c', 'echo kept > /workspace/outlives');
    hostKey = await inDevenv0('sh', '-c', HOST_KEY);
  },
  900_000,
);

tried(
  'destroy leaves the workspaces and their namespace, and nothing else, object by object',
  async () => {
    log += await destroy();
    const left = await changed();
    expect(left.filter((object) => !KEPT.test(object))).toEqual([]);
    expect(left.join()).not.toContain('CustomResourceDefinition');
    expect(await list('persistentvolumeclaims', 'devenv')).toHaveLength(6);
  },
  900_000,
);

tried(
  'a deploy after that finds the same files and the same host key',
  async () => {
    // Environments alone: what else there is does not matter to their files.
    const without = { enabled: false };
    await makeProject({
      ...PORT_FORWARD,
      vault: without,
      boundary: without,
      keycloak: without,
      secrets: { delivery: 'none' },
    });
    log += await cdktf('deploy');
    await eventually(async () => {
      expect(await inDevenv0('cat', '/workspace/outlives')).toBe('kept');
      expect(await inDevenv0('sh', '-c', HOST_KEY)).toBe(hostKey);
    }, 120);
    log += await destroy();
  },
  900_000,
);

afterAll(async () => {
  loopback?.end();
  await confinement?.end();
  // What destroy keeps would be in the way of whoever deploys next.
  if (!why) await kubectl(['delete', 'namespace', 'devenv', '--ignore-not-found']);
});
