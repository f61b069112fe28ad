import { Construct } from 'constructs';
import { label, objectName } from '../core/checks';
import {
  policyText,
  rulesOf,
  type VaultDatabaseRole,
  type VaultFacts,
  type VaultJwtRole,
  type VaultKubernetesRole,
  type VaultPkiRole,
  type VaultPolicy,
  type VaultSshRole,
} from '../core/facts';
import { AUDIENCE, POLICY_PREFIX } from './setup';

type GrantFacts = Pick<
  VaultFacts,
  'policies' | 'kubernetesRoles' | 'jwtRoles' | 'sshRoles' | 'pkiRoles' | 'databaseRoles'
>;

/** Vault takes no longer text in a request, by what it is in JSON. */
const LARGEST_POLICY = 1024 * 1024;

/** Life of a login between two renewals, in seconds. */
const TOKEN_PERIOD_SEC = 3600;

/** What grants lead to inside a Vault: logins, which the bootstrap writes, and roles of engines, which a stack does. */
export abstract class VaultGrants extends Construct {
  private readonly policies = new Map<string, VaultPolicy>();
  /** Whose a policy is: dashes in names of namespaces and secrets may make one name of two. */
  private readonly owners = new Map<string, string>();
  private readonly kubernetesRoles = new Map<string, VaultKubernetesRole>();
  private readonly jwtRoles = new Map<string, VaultJwtRole>();
  private readonly sshRoles = new Map<string, VaultSshRole>();
  private readonly pkiRoles = new Map<string, VaultPkiRole>();
  private readonly databaseRoles = new Map<string, VaultDatabaseRole>();

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.node.addValidation({ validate: () => [...this.policies.values()].flatMap(tooLong) });
  }

  /**
   * Adds a policy, or paths to one. Names begin with `platform-`: the bootstrap removes those that nothing adds any more.
   *
   * @param owner the login whose policy it is, where it is one's own
   * @throws if another owner has a policy of that name, or it is no such name
   */
  addPolicy({ name, paths }: VaultPolicy, owner = 'the platform'): void {
    ownName(this, 'policy', name);
    const before = this.owners.get(name) ?? owner;
    if (before !== owner)
      throw new Error(`policy "${name}" of ${owner} is that of ${before} already: choose another name for the secret`);
    this.owners.set(name, owner);
    this.policies.set(name, { name, paths: { ...this.policies.get(name)?.paths, ...paths } });
  }

  /**
   * Gives policies to a ServiceAccount. One ServiceAccount has one role, however many policies. Its name begins with
   * `platform-`, as those of policies.
   *
   * @throws if it does not, the role is another ServiceAccount's, or a name is none: Vault takes `*` for every ServiceAccount
   */
  addKubernetesRole(role: Omit<VaultKubernetesRole, 'audience' | 'tokenPeriodSec'>): void {
    ownName(this, 'role', role.name);
    for (const name of role.serviceAccounts) objectName(this, name);
    for (const name of role.namespaces) label(this, 'namespace', name);
    const before = this.kubernetesRoles.get(role.name);
    const who = ({ namespaces, serviceAccounts }: typeof role) => `${namespaces}/${serviceAccounts}`;
    if (before && who(before) !== who(role))
      throw new Error(`role "${role.name}" of ${who(role)} is that of ${who(before)} already: choose another name`);
    this.kubernetesRoles.set(role.name, {
      ...role,
      policies: [...new Set([...(before?.policies ?? []), ...role.policies])],
      audience: AUDIENCE,
      tokenPeriodSec: TOKEN_PERIOD_SEC,
    });
  }

  /**
   * Gives policies to whoever has a token of another issuer, whose engine the bootstrap makes.
   *
   * @throws unless its name begins with `platform-`
   */
  addJwtRole(role: VaultJwtRole): void {
    ownName(this, 'role', role.name);
    this.jwtRoles.set(role.name, role);
  }

  addSshRole(role: VaultSshRole): void {
    this.sshRoles.set(`${role.mount}/${role.name}`, role);
  }

  addPkiRole(role: VaultPkiRole): void {
    this.pkiRoles.set(role.name, role);
  }

  addDatabaseRole(role: VaultDatabaseRole): void {
    this.databaseRoles.set(role.name, role);
  }

  /** Who may log in, and what for, for the bootstrap: whoever writes that may give itself anything. */
  protected get logins() {
    const { kubernetesRoles, jwtRoles } = this.grantFacts;
    const policies = [...this.policies.values()].map(({ name, paths }) => ({ name, rules: rulesOf(paths) }));
    return { prefix: POLICY_PREFIX, policies, kubernetesRoles, jwtRoles };
  }

  protected get grantFacts(): GrantFacts {
    return {
      policies: [...this.policies.values()],
      kubernetesRoles: [...this.kubernetesRoles.values()],
      jwtRoles: [...this.jwtRoles.values()],
      sshRoles: [...this.sshRoles.values()],
      pkiRoles: [...this.pkiRoles.values()],
      databaseRoles: [...this.databaseRoles.values()],
    };
  }
}

/** @throws if the bootstrap may not write what has that name, or would never remove it */
function ownName(scope: Construct, what: string, name: string): void {
  objectName(scope, name);
  if (name.startsWith(POLICY_PREFIX)) return;
  throw new Error(`${what} "${name}" must begin with "${POLICY_PREFIX}", as all that the bootstrap writes for grants`);
}

/** What is wrong with a policy that Vault would not take, which the bootstrap alone would say, again and again. */
function tooLong({ name, paths }: VaultPolicy): string[] {
  const size = Buffer.byteLength(JSON.stringify(policyText(paths)));
  if (size <= LARGEST_POLICY) return [];
  const mend = 'have fewer environments, in several platforms if need be, or fewer authorities at once';
  return [`policy "${name}" has ${size} bytes, more than the ${LARGEST_POLICY} that Vault takes: ${mend}`];
}
