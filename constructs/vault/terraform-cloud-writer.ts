import { Construct } from 'constructs';
import { OperatorLogin, operatorSetup } from './operator-login';
import { AUDIENCE } from './setup';
import type { Vault } from './vault';

const NAME = 'terraform-config-writer';

export interface TerraformCloudWriterProps {
  readonly vault: Pick<Vault, 'bootstrap'>;
  /** Engine that makes tokens of Terraform Cloud. */
  readonly mount: string;
  /** The only host that it hands its own token to. */
  readonly host: string;
}

/** A login that gives the engine for Terraform Cloud its own token, which nobody reads, and does nothing else. */
export class TerraformCloudWriter extends Construct {
  constructor(scope: Construct, id: string, { vault: { bootstrap }, mount, host }: TerraformCloudWriterProps) {
    super(scope, id);
    const who = { name: NAME, namespace: bootstrap.namespace, audience: AUDIENCE };
    new OperatorLogin(this, 'login', { ...who, component: NAME, role: NAME });
    // With a token and no address the engine takes the public host for it, which would be told a company's own token.
    const config = {
      capabilities: ['create', 'update'],
      parameters: { address: host },
      required: ['address', 'token'],
    };
    bootstrap.configure(operatorSetup(who, { [`${mount}/config`]: config, ...OperatorLogin.END }));
  }
}
