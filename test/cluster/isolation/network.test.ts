import { exec, kubectl, type Place, podIp } from '../support/kubectl';
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

test("an environment's SSH: for Boundary's worker, not for a neighbour or another namespace", async () => {
  await expectOpen(worker, neighbour, 2222);
  await expectOpen(worker, 'devenv-1.devenv.svc', 22);
  const others = [environment, stranger];
  await Promise.all(others.map((from) => expectDenied(from, neighbour, 2222)));
  await Promise.all(others.map((from) => expectDenied(from, 'devenv-1.devenv.svc', 22)));
});

test('the Kubernetes API: for a bootstrap, not for an environment', async () => {
  await expectOpen(bootstrap, 'kubernetes.default.svc', 443);
  await expectDenied(environment, 'kubernetes.default.svc', 443);
});

test('Vault: for its bootstrap, not for an environment', async () => {
  await expectOpen(bootstrap, 'vault.vault.svc', 8200);
  await expectDenied(environment, 'vault.vault.svc', 8200);
});

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

  test('answers a pod without policies, and no environment', async () => {
    await expectOpen(stranger, METADATA, 80);
    await expectDenied(environment, METADATA, 80);
  });
});
