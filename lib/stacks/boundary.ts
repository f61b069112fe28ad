import { CredentialLibraryVault } from '@cdktf/provider-boundary/lib/credential-library-vault';
import { ManagedGroup } from '@cdktf/provider-boundary/lib/managed-group';
import { BoundaryProvider } from '@cdktf/provider-boundary/lib/provider';
import { Role } from '@cdktf/provider-boundary/lib/role';
import { Target } from '@cdktf/provider-boundary/lib/target';
import { DataKubernetesConfigMapV1 } from '@cdktf/provider-kubernetes/lib/data-kubernetes-config-map-v1';
import type { Construct } from 'constructs';
import type { BoundaryFacts, BoundaryGrant, BoundaryTarget, VaultFacts } from '../../constructs/facts';
import type { PlatformConfig } from '../config';
import { PlatformStack } from './platform-stack';
import { useVault } from './vault';

/** Who may open sessions to which environments. */
export class BoundaryStack extends PlatformStack {
  private readonly objects: DataKubernetesConfigMapV1;
  private readonly targets = new Map<string, Target>();

  constructor(
    scope: Construct,
    config: PlatformConfig,
    private readonly facts: BoundaryFacts,
    vault: VaultFacts,
  ) {
    super(scope, 'boundary', config);
    this.useKubernetes();
    useVault(this, vault);
    const { namespace, configMap: name } = facts.objects;
    this.objects = new DataKubernetesConfigMapV1(this, 'objects', { metadata: { name, namespace } });
    const password = this.addEphemeral('vault_kv_secret_v2', 'service_account', {
      mount: facts.serviceAccount.mount,
      name: facts.serviceAccount.path,
    });
    new BoundaryProvider(this, 'boundary', {
      addr: facts.externalAddress,
      authMethodId: this.idOf('method'),
      authMethodLoginName: 'terraform',
      authMethodPassword: `\${${password}.data["password"]}`,
    });
    for (const target of facts.targets) this.makeTarget(target);
    for (const grant of facts.grants) this.makeGrant(grant);
  }

  /** Id of an object that the bootstrap made. */
  private idOf(object: string): string {
    return this.objects.data.lookup(object);
  }

  private makeTarget({ name, host, port, credentialPath }: BoundaryTarget): void {
    const library =
      credentialPath &&
      new CredentialLibraryVault(this, `credential-library-${name}`, {
        name,
        description: `A key and certificate for one session to ${name}`,
        credentialStoreId: this.idOf('store'),
        path: credentialPath,
        httpMethod: 'POST',
        httpRequestBody: JSON.stringify({ key_type: 'ed25519' }),
      });
    this.targets.set(
      name,
      new Target(this, `target-${name}`, {
        type: 'tcp',
        name,
        description: `SSH to ${name}`,
        scopeId: this.idOf('project'),
        address: host,
        defaultPort: port,
        sessionConnectionLimit: -1,
        brokeredCredentialSourceIds: library ? [library.id] : undefined,
      }),
    );
  }

  private makeGrant({ name, principal, targets }: BoundaryGrant): void {
    const { identity } = this.facts;
    if (!identity) return;
    const { usernameClaim, groupsClaim } = identity;
    const claim =
      principal.kind === 'user'
        ? `"/token/${usernameClaim}" == ${JSON.stringify(principal.name)}`
        : `${JSON.stringify(principal.name)} in "/token/${groupsClaim}"`;
    const people = new ManagedGroup(this, `managed-group-${name}`, {
      name,
      authMethodId: this.idOf('oidc'),
      filter: claim,
    });
    new Role(this, `role-${name}`, {
      name,
      scopeId: this.idOf('project'),
      principalIds: [people.id],
      grantStrings: targets.flatMap((target) => {
        const resource = this.targets.get(target);
        return resource ? [`ids=${resource.id};actions=read,authorize-session`] : [];
      }),
    });
  }
}
