import { kubectl, type Place, podIp } from '../support/kubectl';
import { expectDenied, expectOpen, podOf, probe } from '../support/network';
import { becomesReady, deploy, platform } from '../support/platform';
import { makeScratch, removeScratch, scratchPod } from '../support/scratch';
import { emptyVault, scaleBootstrap } from '../support/vault';

let folder: string;
/** Who may call Vault here: by a node's port anybody, and parts of the platform. */
let callers: Place[];

beforeAll(async () => {
  folder = await platform();
  await makeScratch();
  const controller = await probe(await podOf('boundary', 'boundary-controller'));
  callers = [await scratchPod('stranger', ['sleep', '3600']), controller];
}, 400_000);

afterAll(removeScratch);

const each = async (expectIt: typeof expectOpen) => {
  const server = await podIp('vault', 'vault-0');
  await Promise.all(callers.map((from) => expectIt(from, server, 8200)));
};

// SECURITY.md: "So network policies let nobody but the bootstrap and the other servers reach such a server"
test('a Vault that is not initialised is reached by its bootstrap alone, once it is by whoever may call it', async () => {
  await each(expectOpen);
  await emptyVault();
  await each(expectDenied);
  await scaleBootstrap(1);
  // Boundary's account in Vault is made anew with it.
  await kubectl(['delete', 'job', '-n', 'boundary', '-l', 'app.kubernetes.io/instance=boundary-bootstrap']);
  await deploy(folder);
  await becomesReady(folder, 180);
  await each(expectOpen);
}, 600_000);
