import { type Access, access, endAccess, PASSWORD } from '../support/access';
import { eventually } from '../support/eventually';
import { hasten, kubectl, list } from '../support/kubectl';
import { OwnDatabase } from '../support/own-database';
import { missing } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing();
const tried = triedUnless(why);

let platform: Access;

beforeAll(async () => {
  if (!why) platform = await access();
}, 900_000);

afterAll(endAccess);

tried(
  'a rotation in Keycloak’s namespace changes its database’s password, and the same process logs people in',
  async () => {
    const database = new OwnDatabase('keycloak');
    const server = async () => {
      const [{ metadata, status }] = await list('pods', 'keycloak', '-l', 'app.kubernetes.io/instance=keycloak');
      return [metadata.uid, status.containerStatuses[0].restartCount];
    };
    const running = await server();
    const before = await database.password();
    const job = `rotate-${Date.now()}`;
    await kubectl(['create', 'job', job, '--from=cronjob/rotate-secrets', '-n', 'keycloak']);
    await kubectl(['wait', `job/${job}`, '--for=condition=Complete', '--timeout=90s', '-n', 'keycloak']);
    await hasten('keycloak', '--all');
    const after = await database.password();
    expect(after).not.toBe(before);
    await eventually(async () => {
      expect([await database.opens(before), await database.opens(after)]).toEqual([2, 0]);
    }, 90);
    // Only a new connection says the password.
    await database.sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_addr IS NOT NULL');
    await eventually(() => platform.keycloak.call('GET', 'users?max=1'), 60);
    await eventually(() => platform.people.alice.logIn(platform.addresses.boundary, PASSWORD), 60);
    expect(await server()).toEqual(running);
  },
  300_000,
);
