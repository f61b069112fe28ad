import { Construct } from 'constructs';
import { check } from '../core/checked';
import { seconds } from '../core/duration';
import type { VaultMount, VaultTerraformRole } from '../core/facts';
import { organizationFault, teamFault, userFault } from '../core/rules/hashicorp';
import { deliverTo, type SecretConsumer } from '../secrets/consumer';
import { VaultRotations } from './rotations';
import { TerraformCloudWriter } from './terraform-cloud-writer';
import type { Vault } from './vault';

export interface TerraformCloudProps {
  /** URL of Terraform Cloud or Enterprise. @default 'https://app.terraform.io' */
  readonly host?: string;
  /** Organisation whose one token is shared, without a lease. Exactly one of this, `teamId` and `userId`. @default - none */
  readonly organization?: string;
  /** Id (`team-…`) of the team for which a token is made for each grant, and revoked with it. @default - none */
  readonly teamId?: string;
  /** Id (`user-…`) of the user for whom a token is made for each grant, and revoked with it. @default - none */
  readonly userId?: string;
  /** Time after which a team's or user's token ends unless it is renewed, as a Go duration. @default '1h' */
  readonly ttl?: string;
}

/** Vault's Terraform Cloud engine at `terraform/`. */
export class VaultTerraformCloud extends Construct {
  readonly mount = 'terraform';
  readonly host: string;
  readonly mounts: readonly VaultMount[] = [
    { path: 'terraform', type: 'terraform', description: 'Terraform Cloud tokens' },
  ];
  readonly roles: readonly VaultTerraformRole[];
  private readonly leaseSec?: number;

  constructor(scope: Construct, id: string, props: TerraformCloudProps & { vault: Pick<Vault, 'bootstrap'> }) {
    super(scope, id);
    const { host = 'https://app.terraform.io', organization, teamId, userId, ttl = '1h' } = props;
    if ([organization, teamId, userId].filter(Boolean).length !== 1)
      throw new Error('terraformCloud needs exactly one of organization, teamId and userId');
    check('terraformCloud', props, { organization: organizationFault, teamId: teamFault, userId: userFault });
    this.host = host;
    this.leaseSec = organization ? undefined : seconds(ttl);
    const role = { name: 'devenv', mount: this.mount };
    // The others' tokens end with their leases.
    if (organization) VaultRotations.of(props.vault).add(`${this.mount}/rotate-role/${role.name}`);
    new TerraformCloudWriter(this, 'writer', { vault: props.vault, mount: this.mount, host });
    this.roles = [
      organization
        ? { ...role, organization }
        : { ...role, ...(teamId ? { teamId } : { userId }), ttlSec: seconds(ttl) },
    ];
  }

  /**
   * Keeps a token in the consumer's Secret `tfe-dynamic-token`, or in one environment's own, in the place of that: a leased
   * one is renewed before it ends.
   */
  grantToken(consumer: SecretConsumer): void {
    const { secretOwner } = consumer;
    const secretName = secretOwner ? `${secretOwner}-tfe-dynamic-token` : 'tfe-dynamic-token';
    const secret = {
      name: secretName,
      secretName,
      mount: this.mount,
      path: 'creds/devenv',
      kind: 'dynamic',
      leaseSec: this.leaseSec,
      policyPath: `${this.mount}/creds/devenv`,
    } as const;
    deliverTo(consumer, 'a Terraform Cloud token', secret, { token: 'TFE_TOKEN' });
  }
}
