import { type Party, passes } from '../../helpers/routes';
import { exec, find, kubectl, list, type Place, podIp } from '../support/kubectl';
import { connect, expectDenied, expectOpen, podOf, probe } from '../support/network';
import { platform } from '../support/platform';
import { makeScratch, removeScratch, SCRATCH, scratchPod } from '../support/scratch';

const METADATA = '169.254.169.254';
const environment: Place = { namespace: 'devenv', pod: 'devenv-0', container: 'devenv' };
let stranger: Place;
let worker: Place;
let controller: Place;
let bootstrap: Place;
let neighbour: string;

beforeAll(async () => {
  await platform();
  await makeScratch();
  stranger = await scratchPod('stranger', ['sleep', '3600']);
  worker = await probe(await podOf('boundary', 'boundary-worker'));
  controller = await probe(await podOf('boundary', 'boundary-controller'));
  bootstrap = await probe(await podOf('platform-bootstrap', 'vault-bootstrap'));
  neighbour = await podIp('devenv', 'devenv-1');
});

afterAll(removeScratch);

// SECURITY.md: "someone in an environment, person or agent | Cannot: reach other environments"
test("an environment's SSH: for Boundary's worker, not for a neighbour or another namespace", async () => {
  await expectOpen(worker, neighbour, 2222);
  await expectOpen(worker, 'devenv-1.devenv.svc', 22);
  const others = [environment, stranger];
  await Promise.all(others.map((from) => expectDenied(from, neighbour, 2222)));
  await Promise.all(others.map((from) => expectDenied(from, 'devenv-1.devenv.svc', 22)));
});

// SECURITY.md: "someone in an environment, person or agent | Cannot: reach other environments"
test('the Kubernetes API: for a bootstrap, not for an environment', async () => {
  await expectOpen(bootstrap, 'kubernetes.default.svc', 443);
  await expectDenied(environment, 'kubernetes.default.svc', 443);
});

test('Vault: for its bootstrap, not for an environment', async () => {
  await expectOpen(bootstrap, 'vault.vault.svc', 8200);
  await expectDenied(environment, 'vault.vault.svc', 8200);
});

// SECURITY.md: "someone in an environment, person or agent | Cannot: reach other environments"
test("Boundary's database: for its controller, not for its worker, an environment or another namespace", async () => {
  const host = 'boundary-database.boundary.svc';
  await expectOpen(controller, host, 5432);
  await Promise.all([worker, environment, stranger].map((from) => expectDenied(from, host, 5432)));
});

test('cluster DNS answers an environment', async () => {
  const { stdout } = await exec(environment, ['getent', 'hosts', 'kubernetes.default.svc.cluster.local']);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\.\d+\s/);
});

test('an environment holds no token for the Kubernetes API', async () => {
  const { code } = await exec(environment, ['test', '-e', '/var/run/secrets/kubernetes.io']);
  expect(code).toBe(1);
});

/** A pod as the model knows it. */
async function partyOf({ namespace, pod }: Place): Promise<Party> {
  const { metadata, status } = await find('pod', namespace, pod);
  return { kind: 'pod', namespace, labels: metadata.labels ?? {}, address: status.podIP };
}

/** Where the API server answers, behind its Service. */
async function apiServer(): Promise<[Party, number]> {
  const [slice] = await list('endpointslices', 'default', '-l', 'kubernetes.io/service-name=kubernetes');
  return [{ kind: 'node', address: slice.endpoints[0].addresses[0] }, slice.ports[0].port];
}

// SECURITY.md: "Each other route is a relation, with a policy on either side."
test('the network does what the model says that npm test evaluates policies with, on every way between parts', async () => {
  const policies = await list('networkpolicies');
  const servers: (readonly [Place, number])[] = [
    [{ namespace: 'devenv', pod: 'devenv-1' }, 2222],
    [await podOf('vault', 'vault'), 8200],
    [await podOf('boundary', 'boundary-controller'), 9200],
    [await podOf('boundary', 'boundary-controller'), 9201],
    [await podOf('boundary', 'boundary-database'), 5432],
    [await podOf('keycloak', 'keycloak'), 8443],
  ];
  const targets = await Promise.all(servers.map(async ([place, port]) => [await partyOf(place), port] as const));
  const tried = await Promise.all(
    [environment, stranger, worker, controller, bootstrap].map(async (place) => {
      const from = await partyOf(place);
      const ways: string[][] = [];
      // What a pod sends to itself never leaves it.
      const others = [...targets, await apiServer()].filter(([{ address }]) => address !== from.address);
      for (const [to, port] of others) {
        const way = `${place.pod} to ${to.address}:${port}`;
        const does = (await connect(place, to.address, port)) === 'open' ? 'open' : 'shut';
        ways.push([way, does, passes(policies, { from, to, port }, 'calico') ? 'open' : 'shut']);
      }
      return ways;
    }),
  );
  const ways = tried.flat();
  expect(ways.map(([way, does]) => [way, does])).toEqual(ways.map(([way, , says]) => [way, says]));
});

describe('the metadata address', () => {
  beforeAll(async () => {
    if ((await connect(stranger, METADATA, 80)) === 'open') return;
    // Not a cloud: a stand-in on the node answers at the address, for as long as it runs.
    const serve = `trap 'ip address delete ${METADATA}/32 dev lo; exit' TERM
ip address add ${METADATA}/32 dev lo
while :; do nc -l -k ${METADATA} 80 & wait $!; done`;
    const securityContext = { runAsUser: 0, capabilities: { add: ['NET_ADMIN', 'NET_BIND_SERVICE'] } };
    await scratchPod('metadata', ['bash', '-c', serve], { securityContext });
  });

  afterAll(() => kubectl(['delete', 'pod', 'metadata', '-n', SCRATCH, '--ignore-not-found']));

  // SECURITY.md: "someone in an environment, person or agent | Cannot: reach other environments"
  test('answers a pod without policies, and no environment', async () => {
    await expectOpen(stranger, METADATA, 80);
    await expectDenied(environment, METADATA, 80);
  });
});
