import { TerraformResource } from 'cdktf';
import type { Construct } from 'constructs';

type Provisioners = NonNullable<ConstructorParameters<typeof TerraformResource>[2]['provisioners']>;

export interface TerraformDataProps {
  /** Values whose change runs the provisioners again. */
  readonly triggersReplace: Readonly<Record<string, string>>;
  readonly provisioners: Provisioners;
}

/** Terraform's own `terraform_data`. CDKTF's class runs `terraform version` at each synth, which needs Node alone. */
export class TerraformData extends TerraformResource {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: TerraformDataProps,
  ) {
    super(scope, id, {
      terraformResourceType: 'terraform_data',
      terraformGeneratorMetadata: { providerName: 'terraform' },
      provisioners: props.provisioners,
    });
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { triggers_replace: this.props.triggersReplace };
  }

  protected override synthesizeHclAttributes(): Record<string, unknown> {
    return this.synthesizeAttributes();
  }
}
