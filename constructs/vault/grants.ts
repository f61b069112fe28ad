import { Construct } from 'constructs';
import type {
  VaultDatabaseRole,
  VaultFacts,
  VaultJwtRole,
  VaultKubernetesRole,
  VaultPkiRole,
  VaultPolicy,
  VaultSshRole,
} from '../core/facts';
import { AUDIENCE } from './setup';

type GrantFacts = Pick<
  VaultFacts,
  'policies' | 'kubernetesRoles' | 'jwtRoles' | 'sshRoles' | 'pkiRoles' | 'databaseRoles'
>;

/** Life of a login between two renewals, in seconds. */
const TOKEN_PERIOD_SEC = 3600;

/** What grants lead to inside a Vault, for the stack that writes it there. */
export abstract class VaultGrants extends Construct {
  private readonly policies = new Map<string, VaultPolicy>();
  private readonly kubernetesRoles = new Map<string, VaultKubernetesRole>();
  private readonly jwtRoles = new Map<string, VaultJwtRole>();
  private readonly sshRoles = new Map<string, VaultSshRole>();
  private readonly pkiRoles = new Map<string, VaultPkiRole>();
  private readonly databaseRoles = new Map<string, VaultDatabaseRole>();

  /** Adds a policy, or paths to one. Names begin with `platform-`, the prefix that Terraform may write. */
  addPolicy({ name, paths }: VaultPolicy): void {
    this.policies.set(name, { name, paths: { ...this.policies.get(name)?.paths, ...paths } });
  }

  /** Gives policies to a ServiceAccount. One ServiceAccount has one role, however many policies. */
  addKubernetesRole(role: Omit<VaultKubernetesRole, 'audience' | 'tokenPeriodSec'>): void {
    const before = this.kubernetesRoles.get(role.name);
    this.kubernetesRoles.set(role.name, {
      ...role,
      policies: [...new Set([...(before?.policies ?? []), ...role.policies])],
      audience: AUDIENCE,
      tokenPeriodSec: TOKEN_PERIOD_SEC,
    });
  }

  /** Gives policies to whoever has a token of another issuer, whose engine the bootstrap makes. */
  addJwtRole(role: VaultJwtRole): void {
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
