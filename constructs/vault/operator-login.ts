import { Construct } from 'constructs';
import type { VaultRule } from '../core/facts';
import { type Identity, metadataOf } from '../core/identity';
import { k8s } from '../core/k8s';

/** Life of such a login between two renewals, in seconds. */
const TOKEN_SEC = 900;

/** Its role and policy of the same name, for the bootstrap to write: it may use these paths, and nothing else. */
export const operatorSetup = (
  { name, namespace, audience }: Pick<OperatorLoginProps, 'name' | 'namespace' | 'audience'>,
  paths: Readonly<Record<string, VaultRule>>,
) => ({
  policies: [{ name, paths }],
  roles: [
    {
      name,
      serviceAccounts: [name],
      namespaces: [namespace],
      audience,
      policies: [name],
      tokenPeriodSec: TOKEN_SEC,
      noDefaultPolicy: true,
    },
  ],
});

export interface OperatorLoginProps {
  /** Name of the ServiceAccount. */
  readonly name: string;
  /** Namespace of Vault's bootstrap. */
  readonly namespace: string;
  /** Audience of the ServiceAccount tokens that Vault accepts. */
  readonly audience: string;
  /** What it is for, as its label says. */
  readonly component: string;
  /** Role of Vault that it logs in with; somebody else makes it. */
  readonly role: string;
  /** Further annotations. @default {} */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * A ServiceAccount that no pod has: whoever may make tokens of it in Kubernetes has its login in Vault, and needs no
 * other. Annotations say how to log in.
 */
export class OperatorLogin extends Construct {
  /** Annotations with the role and the audience of the login. */
  static readonly ANNOTATIONS = {
    role: 'agent-sandbox.dev/vault-role',
    audience: 'agent-sandbox.dev/vault-audience',
  } as const;
  /** Path of Vault that a login ends itself at, as a policy has it. */
  static readonly END = { 'auth/token/revoke-self': ['update'] } as const;

  constructor(scope: Construct, id: string, props: OperatorLoginProps) {
    super(scope, id);
    const { name, namespace, audience, component, role, annotations } = props;
    const identity: Identity = { name, instance: name, component };
    const { ANNOTATIONS } = OperatorLogin;
    new k8s.KubeServiceAccount(this, 'service-account', {
      metadata: metadataOf(this, identity, name, namespace, {
        [ANNOTATIONS.role]: role,
        [ANNOTATIONS.audience]: audience,
        ...annotations,
      }),
      automountServiceAccountToken: false,
    });
  }
}
