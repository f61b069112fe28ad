import * as library from '../../constructs';
import { pathsOf } from '../../constructs/core/facts';
import { compare, difference } from '../helpers/compare';
import { bootstrapOf } from '../helpers/objects';
import { type Outcome, type SmallPlatform, smallPlatform } from '../helpers/small-platform';
import { newPod } from './consequences';
import { GRANTS } from './grants';

const without = smallPlatform();
const BOOTSTRAP = 'platform-bootstrap/vault-bootstrap';

const loginsOf = ({ facts: { vault } }: Outcome) =>
  JSON.stringify([vault.policies, vault.kubernetesRoles, vault.jwtRoles]);

/** The bootstrap's own copy of these facts is compared with them once for all. */
const withoutLogins = (name: string, fields: object) =>
  name === `ConfigMap ${BOOTSTRAP}`
    ? Object.fromEntries(Object.entries(fields).filter(([path]) => !path.startsWith('data/config.json/grants/')))
    : fields;

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
    test('changes nothing else', () => {
      const others = Object.entries(objects.changed).map(([name, fields]) => [name, withoutLogins(name, fields)]);
      const isOther = ([, fields]: unknown[]) => Object.keys(fields as object).length > 0;
      const newLogins = loginsOf(before) === loginsOf(after) ? {} : { [`Deployment ${BOOTSTRAP}`]: newPod };
      expect(Object.fromEntries(others.filter(isOther))).toEqual({ ...newLogins, ...changed });
    });
    // SECURITY.md: "the operator's logins to Vault, where a grant has a lease | Who reads it:"
    // SECURITY.md: "Whoever delivers may, for each namespace, what was granted to that namespace"
    // SECURITY.md: "The policy of a leased grant includes sys/leases/revoke"
    // SECURITY.md: "ServiceAccount devenv-credentials-writer, and run commands in Vault's pods | Can: read and write"
    // SECURITY.md: "ServiceAccount devenv-credentials-writer, and run commands in Vault's pods | Cannot: read or write"
    // SECURITY.md: "Who may log in to Vault, and what for, is written by vault-bootstrap inside the cluster"
    test('lets those log in whom the facts name, with exactly their rights', () => {
      const { grants } = bootstrapOf(after.objects, 'vault-bootstrap');
      const policies = grants.policies.map(({ name, rules }: any) => ({ name, paths: pathsOf(rules) }));
      expect(JSON.stringify([policies, grants.kubernetesRoles, grants.jwtRoles])).toBe(loginsOf(after));
    });
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
