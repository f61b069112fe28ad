import { TerraformBackend, TerraformRemoteState, type TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';

/** State in Secrets of a cluster, which CDKTF has no class for. Each stack has a Secret and a lock of its own. */
export class KubernetesBackend extends TerraformBackend {
  constructor(
    stack: TerraformStack,
    private readonly config: Readonly<Record<string, unknown>>,
    private readonly stackName: string,
  ) {
    super(stack, 'backend', 'kubernetes');
  }

  override getRemoteStateDataSource(scope: Construct, name: string, _fromStack: string): TerraformRemoteState {
    return new (class extends TerraformRemoteState {})(scope, name, 'kubernetes', this.synthesizeAttributes());
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    const { secret_suffix: suffix = 'agent-sandbox', ...rest } = this.config;
    return { config_path: '~/.kube/config', ...rest, secret_suffix: `${suffix}-${this.stackName}` };
  }

  protected override synthesizeHclAttributes(): Record<string, unknown> {
    return this.synthesizeAttributes();
  }
}
