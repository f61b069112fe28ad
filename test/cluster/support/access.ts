import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { CiIssuer } from './ci-issuer';
import { eventually } from './eventually';
import { KeycloakAdmin } from './keycloak';
import { exec, find, hasten, machineAddress, nodeAddress } from './kubectl';
import { Person } from './person';
import { KEY, workFile } from './platform';
import { hasProgram } from './run';
import { makeScratch, removeScratch, SCRATCH } from './scratch';
import { served } from './served';
import { cdktf, deployOnce, makeProject, nodePorts } from './stacks';

/** The environment that developers and a program may enter, and one that nobody may. */
export const NAME = 'devenv-0';
export const OTHER = 'devenv-1';
/** The program's ServiceAccount. */
export const BUILDER = { namespace: SCRATCH, name: 'builder' };

const settings = ({ issuer, authority }: CiIssuer) => ({
  environments: {
    access: [{ group: 'developers', environments: [NAME] }],
    agentForwarding: true,
    // The way past Boundary, to compare with.
    sshKeys: [readFileSync(workFile(`${KEY}.pub`), 'utf8').trim()],
  },
  boundary: {
    agents: [
      { name: 'builder', environments: [NAME], serviceAccount: BUILDER },
      {
        name: 'pipeline',
        environments: [NAME],
        jwt: { issuer, certificateAuthority: authority, audience: CiIssuer.AUDIENCE, claims: { ref: 'main' } },
      },
    ],
  },
  // By hand, the operator is among what is killed.
  ...(process.env.KILLS !== 'all' && { secrets: { delivery: 'none' } }),
});
/** How people come in: by a node's ports, or, by hand, by load balancers. */
const MODE = process.env.ACCESS_MODE ?? 'nodePort';
/** What they come in by. */
const SERVICES = {
  boundary: 'boundary-external',
  boundaryWorker: 'boundary-worker-0-external',
  keycloak: 'keycloak-external',
  vault: 'vault-external',
};
type Entrance = keyof typeof SERVICES;
/** Each is named for the namespace that it is in. */
const namespaceOf = (service: string): string => service.split('-')[0];

const GROUPS = { alice: 'developers', mallory: 'readonly', ada: 'admins' };
/** Theirs, in all files of a run. */
export const PASSWORD = createHash('sha256')
  .update(readFileSync(workFile(KEY)))
  .digest('base64');

/** URLs that clients outside the cluster dial. */
export interface Addresses {
  readonly boundary: string;
  readonly keycloak: string;
  readonly vault: string;
}

export interface Access {
  readonly addresses: Addresses;
  readonly keycloak: KeycloakAdmin;
  readonly people: Readonly<Record<keyof typeof GROUPS, Person>>;
}

let ci: CiIssuer | undefined;

/** The CI whose jobs open sessions as `pipeline`. */
export async function ciIssuer(): Promise<CiIssuer> {
  ci ??= await CiIssuer.at(await machineAddress());
  return ci;
}

/** Ends what a file started for itself; the platform stays for the next one. */
export async function endAccess(): Promise<void> {
  await ci?.end();
  await removeScratch();
}

let balancers: Partial<Record<Entrance, string>> = {};

const entrances = async () =>
  MODE === 'loadBalancer'
    ? { mode: MODE, loadBalancerAddresses: balancers }
    : { mode: MODE, nodeAddress: await nodeAddress() };

async function makeAccess(environments: object = {}, others: object = {}): Promise<void> {
  const own = settings(await ciIssuer());
  await makeProject({
    ...own,
    ...others,
    environments: { ...own.environments, ...environments },
    access: await entrances(),
  });
}

/** Load balancers have addresses once they are there; what clients dial is known then. */
async function findBalancers(): Promise<void> {
  await makeAccess();
  await cdktf('deploy', 'operators', 'workloads');
  for (const [entrance, name] of Object.entries(SERVICES)) {
    const { status } = await find('service', namespaceOf(name), name);
    balancers = { ...balancers, [entrance]: status.loadBalancer.ingress[0].ip };
  }
  await makeAccess();
  await cdktf('deploy', 'operators', 'workloads');
  for (const entrance of ['boundary', 'keycloak', 'vault'] as const) {
    const { hostname, port } = new URL(await addressOf(entrance));
    // Servers follow their certificates within two minutes.
    await eventually(async () => expect((await served(hostname, Number(port))).checkIP(hostname)).toBe(hostname), 180);
  }
}

/** Where clients dial a part. */
async function addressOf(entrance: Entrance): Promise<string> {
  const name = SERVICES[entrance];
  if (MODE !== 'loadBalancer') return `https://${await nodeAddress()}:${nodePorts(name)[0]}`;
  const { spec } = await find('service', namespaceOf(name), name);
  return `https://${balancers[entrance]}:${spec.ports[0].port}`;
}

/** Deploys the platform, with other settings of its environments and parts or the same. @returns whether anything was to do */
export async function deployAccess(environments: object = {}, others: object = {}): Promise<boolean> {
  await makeAccess(environments, others);
  return deployOnce();
}

/** Waits until an environment is known by its certificate, which a new one has after a minute or two. */
export const becomesKnown = (pod: string): Promise<void> =>
  eventually(async () => {
    await hasten('devenv', pod);
    const test = ['test', '-s', '/run/devenv/ssh_host_ed25519_key-cert.pub'];
    expect((await exec({ namespace: 'devenv', pod }, test)).code).toBe(0);
  }, 180);

/** The platform, deployed by its stacks with these settings, with a person of each group. */
export async function access(...settings: Parameters<typeof deployAccess>): Promise<Access> {
  if (!(await hasProgram('boundary'))) throw new Error('"boundary" is not on PATH');
  await makeScratch();
  if (MODE === 'loadBalancer') await findBalancers();
  const isNew = await deployAccess(...settings);
  const { data } = await find('secret', 'keycloak', 'keycloak-tls');
  const ca = Buffer.from(data['ca.crt'], 'base64').toString();
  writeFileSync(workFile('ca.crt'), ca);
  const [boundary, keycloak, vault] = await Promise.all((['boundary', 'keycloak', 'vault'] as const).map(addressOf));
  await becomesKnown(NAME);
  const admin = new KeycloakAdmin(keycloak, ca);
  if (isNew) for (const [name, group] of Object.entries(GROUPS)) await admin.makeUser(name, PASSWORD, [group]);
  const people = Object.fromEntries(Object.keys(GROUPS).map((name) => [name, new Person(name)]));
  return { addresses: { boundary, keycloak, vault }, keycloak: admin, people: people as Access['people'] };
}
