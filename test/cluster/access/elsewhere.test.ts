import { type Access, access, becomesKnown, endAccess, NAME, OTHER, PASSWORD } from '../support/access';
import { leadService, leadTarget, openNetwork, shutNetwork } from '../support/elsewhere';
import { eventually } from '../support/eventually';
import type { Person } from '../support/person';
import { apiOf } from '../support/session-key';
import { missing } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing();
const tried = triedUnless(why);

let platform: Access;
let alice: Person;

/** What ssh gets to see of whatever answers to the name of the one environment that she may enter. */
const entering = () => alice.ssh(NAME, 'hostname');
const entered = { code: 0, stdout: `${NAME}\n` };

beforeAll(async () => {
  if (why) return;
  platform = await access();
  await becomesKnown(OTHER);
  alice = platform.people.alice;
  await alice.logIn(platform.addresses.boundary, PASSWORD);
  await alice.sandboxctl('ssh-config');
  await openNetwork('devenv', OTHER);
}, 900_000);

afterAll(async () => {
  if (!why) await shutNetwork('devenv');
  await endAccess();
});

tried('a worker whose way leads to another environment is found out by that one’s host certificate', async () => {
  expect(await entering()).toMatchObject(entered);
  await leadService('devenv', NAME, OTHER);
  try {
    await eventually(async () => {
      const { code, stdout, stderr } = await entering();
      expect([code, stdout, stderr]).toEqual([
        255,
        '',
        expect.stringMatching(/name is not a listed principal[\s\S]*Host key verification failed/),
      ]);
    }, 30);
  } finally {
    await leadService('devenv', NAME, NAME);
  }
  await eventually(async () => expect(await entering()).toMatchObject(entered), 30);
});

tried('a target that leads to another environment opens nothing: that one refuses the certificate', async () => {
  const [{ id, host }] = await apiOf(alice).targets();
  const lead = (to: string) => leadTarget(platform.addresses.boundary, id, to);
  await lead(host.replace(NAME, OTHER));
  try {
    const { code, stdout, stderr } = await entering();
    expect([code, stdout, stderr]).toEqual([255, '', expect.stringContaining('Permission denied')]);
  } finally {
    await lead(host);
  }
  expect(await entering()).toMatchObject(entered);
});
