import * as library from '../../constructs';
import { compare, difference } from '../helpers/compare';
import { type SmallPlatform, smallPlatform } from '../helpers/small-platform';
import { GRANTS } from './grants';

const without = smallPlatform();

describe.each(Object.entries(GRANTS))(
  '%s',
  (_verb, { line, given = () => {}, added = [], changed = {}, facts = {} }) => {
    const before = smallPlatform(given);
    const after = smallPlatform((platform: SmallPlatform) => {
      given(platform);
      line(platform);
    });
    const objects = compare(before.objects, after.objects);

    test('adds exactly its objects', () => expect(objects.added).toEqual([...added].sort()));
    test('removes nothing', () => expect(objects.removed).toEqual([]));
    test('changes nothing else', () => expect(objects.changed).toEqual(changed));
    // SECURITY.md: "the operator's logins to Vault, where a grant has a lease | Who reads it:"
    // SECURITY.md: "Whoever delivers may, for each namespace, what was granted to that namespace"
    // SECURITY.md: "The policy of a leased grant includes sys/leases/revoke"
    // SECURITY.md: "ServiceAccount devenv-credentials-writer, and run commands in Vault's pods | Can: read and write"
    // SECURITY.md: "ServiceAccount devenv-credentials-writer, and run commands in Vault's pods | Cannot: read or write"
    test('adds exactly its facts', () => expect(difference(before.facts, after.facts)).toEqual(facts));
    test('has some consequence', () => {
      expect(added.length + Object.keys(changed).length + Object.keys(facts).length).toBeGreaterThan(0);
    });
    test('said twice is said once', () => {
      const twice = () =>
        smallPlatform((platform) => {
          given(platform);
          line(platform);
          line(platform);
        });
      expect(twice()).toEqual(after);
    });
  },
);

/** Private parts of other verbs. */
const PARTS = ['BoundaryControl.addTarget', 'VaultCluster.allowTraffic', 'VaultSsh.addRole'];

test('every verb that relates constructs has its case', () => {
  const verbs = Object.entries(library).flatMap(([name, value]) =>
    typeof value === 'function' && value.prototype
      ? Object.getOwnPropertyNames(value.prototype)
          .filter((method) => /^(grant|allow|publish|issue|add|deliver)/.test(method))
          .map((method) => `${name}.${method}`)
      : [],
  );
  const covered = new Set([...PARTS, ...Object.keys(GRANTS).map((title) => title.split(',')[0])]);
  expect(verbs.filter((verb) => !covered.has(verb))).toEqual([]);
});

test('the platform without a grant has no way into an environment, and no right in Vault', () => {
  const { vault, boundary } = without.facts;
  expect([vault.policies, vault.kubernetesRoles, vault.sshRoles, vault.terraformRoles]).toEqual([[], [], [], []]);
  expect([boundary?.targets, boundary?.grants]).toEqual([[], []]);
  const inEnvironments = without.objects.filter(
    ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.namespace === 'devenv',
  );
  expect(inEnvironments).toEqual([]);
});
