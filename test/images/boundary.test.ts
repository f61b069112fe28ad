import { type Config, firstPassword, keeperGrants } from '../../images/bootstrap/src/boundary';

const there = new Set<string>();
jest.mock('../../images/bootstrap/src/kubernetes', () => ({
  read: async (kind: string, namespace: string, name: string) =>
    there.has(`${kind} ${namespace}/${name}`) ? {} : undefined,
}));
jest.mock('../../images/bootstrap/src/program', () => ({
  configuration: () => ({}),
  log: () => {},
  untilDone: async () => {},
}));

test('nothing is made in Boundary before its database is ready, so that none is made in one that it had before', async () => {
  const config = {
    namespace: 'boundary',
    schema: 'boundary-schema-2',
    account: { name: 'terraform', password: { mount: 'platform', path: 'boundary/terraform' } },
    vault: 'http://127.0.0.1:1',
    caFile: __filename,
    role: 'boundary-bootstrap',
  } as unknown as Config;
  there.add('configmaps boundary/boundary-schema-1');
  await expect(firstPassword(config)).rejects.toThrow('the database has not got its schema yet');
  there.add('configmaps boundary/boundary-schema-2');
  // It goes on, to a Vault that is not there.
  await expect(firstPassword(config)).rejects.not.toThrow('schema');
});

// SECURITY.md: "boundary-keeper, and whoever may create tokens of its ServiceAccount | Can: end sessions"
// SECURITY.md: "boundary-keeper, and whoever may create tokens of its ServiceAccount | Cannot: act as Terraform"
test('the keeper ends sessions, sets up the login of people and the passwords of agents, and changes nothing else', () => {
  const changing = keeperGrants('amoidc_1', ['acctpw_1', 'acctpw_2']).filter(
    (grant) => !/;actions=(list|read|,)+$/.test(grant),
  );
  expect(changing).toEqual([
    'ids=*;type=session;actions=list,read,cancel',
    'ids=amoidc_1;actions=read,update,change-state',
    'ids=global;actions=read,update',
    'ids=acctpw_1,acctpw_2;actions=read,set-password',
  ]);
  expect(keeperGrants('', []).join()).not.toMatch(/update|set-password/);
});
