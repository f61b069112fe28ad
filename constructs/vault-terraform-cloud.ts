import { Construct } from 'constructs';
import type { VaultMount, VaultTerraformRole } from './facts';
import type { SecretConsumer } from './secret-consumer';
import { deliveryOf } from './secret-delivery';
import type { VaultCluster } from './vault-cluster';

export interface TerraformCloudProps {
  /** URL of Terraform Cloud or Enterprise. @default 'https://app.terraform.io' */
  readonly host?: string;
  /** Organisation whose token is made. Exactly one of `organization` and `teamId`. @default - none */
  readonly organization?: string;
  /** Team whose tokens are made. @default - none */
  readonly teamId?: string;
}

/** Vault's Terraform Cloud engine at `terraform/`. */
export class VaultTerraformCloud extends Construct {
  readonly mount = 'terraform';
  readonly host: string;
  readonly mounts: readonly VaultMount[] = [
    { path: 'terraform', type: 'terraform', description: 'Terraform Cloud tokens' },
  ];
  readonly roles: readonly VaultTerraformRole[];

  constructor(scope: Construct, id: string, props: TerraformCloudProps & { vault: VaultCluster }) {
    super(scope, id);
    this.host = props.host ?? 'https://app.terraform.io';
    const { organization, teamId } = props;
    if (!organization === !teamId) throw new Error('terraformCloud needs exactly one of organization and teamId');
    this.roles = [{ name: 'devenv', mount: this.mount, organization, teamId }];
  }

  /** Keeps a leased token in the consumer's Secret `tfe-dynamic-token`, renewed before it ends. */
  grantToken(consumer: SecretConsumer): void {
    deliveryOf(consumer, 'a Terraform Cloud token').deliver({
      name: 'tfe-dynamic-token',
      secretName: 'tfe-dynamic-token',
      mount: this.mount,
      path: 'creds/devenv',
      kind: 'dynamic',
      policyPath: `${this.mount}/creds/devenv`,
    });
  }
}
