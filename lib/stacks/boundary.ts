import { AliasTarget } from '@cdktf/provider-boundary/lib/alias-target';
import { CredentialLibraryVault } from '@cdktf/provider-boundary/lib/credential-library-vault';
import { ManagedGroup } from '@cdktf/provider-boundary/lib/managed-group';
import { BoundaryProvider } from '@cdktf/provider-boundary/lib/provider';
import { Role } from '@cdktf/provider-boundary/lib/role';
import { Target } from '@cdktf/provider-boundary/lib/target';
import { DataKubernetesConfigMapV1 } from '@cdktf/provider-kubernetes/lib/data-kubernetes-config-map-v1';
import type { Construct } from 'constructs';
import type { BoundaryFacts, BoundaryGrant, BoundaryTarget, VaultFacts } from '../../constructs/core/facts';
import type { PlatformConfig } from '../config';
import { isCalled, isListed } from './filter';
import { PlatformStack } from './platform-stack';
import { useVault } from './vault';

type Claims = NonNullable<BoundaryFacts['identity']>;

/** Name of the credential library by which clients know what it brings. */
const HOST_AUTHORITY = 'host-authority';
/** Lists show what one may do something with, and sessions that are one's own. */
const OWN_VIEW = [
  'type=target;actions=list',
  'type=session;actions=list',
  'ids=*;type=session;actions=read:self,cancel:self',
];

const SEE = ['ids=*;type=session;actions=list,read', 'ids=*;type=user;actions=list,read'];
const END = ['ids=*;type=session;actions=cancel', 'ids=*;type=auth-token;actions=list,read,delete'];
const OVERSIGHT = { admins: [...SEE, ...END], auditors: SEE };

/** The filter for people of a group. */
const isMember = (group: string, { groupsClaim, groupPrefix = '' }: Claims): string =>
  isListed(`${groupPrefix}${group}`, groupsClaim);

/** Who may open sessions to which environments. */
export class BoundaryStack extends PlatformStack {
  private readonly objects: DataKubernetesConfigMapV1;
  private readonly targets = new Map<string, Target>();
  /** Ids of groups and programs, by the targets that they are let into. */
  private readonly guests = new Map<string, string[]>();

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
    const hostAuthority = this.makeHostAuthority(facts);
    for (const target of facts.targets) this.makeTarget(target, hostAuthority);
    for (const grant of facts.grants) this.makeGrant(grant);
    for (const [target, principalIds] of this.guests) this.admitGuests(target, principalIds);
    this.makeOversight();
  }

  /** Id of an object that the bootstrap made. */
  private idOf(object: string): string {
    return this.objects.data.lookup(object);
  }

  /** What tells clients whom to believe that it is an environment, in every session. */
  private makeHostAuthority({ hostAuthorityPath: path, targets }: BoundaryFacts): CredentialLibraryVault | undefined {
    if (!path || targets.length === 0) return undefined;
    return new CredentialLibraryVault(this, 'credential-library-host-authority', {
      name: HOST_AUTHORITY,
      description: 'The public key of the authority that certifies environments',
      credentialStoreId: this.idOf('store'),
      path,
      // Boundary's own default, which Terraform would take away again with each deploy.
      httpMethod: 'GET',
    });
  }

  private makeTarget({ name, host, port, credentialPath }: BoundaryTarget, hostAuthority?: CredentialLibraryVault) {
    const library =
      credentialPath &&
      new CredentialLibraryVault(this, `credential-library-${name}`, {
        name,
        description: `A key and certificate for one session to ${name}`,
        credentialStoreId: this.idOf('store'),
        path: credentialPath,
        httpMethod: 'POST',
        // sshd logs the name of the key. Only an id is safe in there: whoever chooses names could add to the request.
        httpRequestBody: JSON.stringify({ key_type: 'ed25519', key_id: '{{.User.Id}}' }),
      });
    const sources = [library, hostAuthority].flatMap((source) => (source ? [source.id] : []));
    const target = new Target(this, `target-${name}`, {
      type: 'tcp',
      name,
      description: `SSH to ${name}`,
      scopeId: this.idOf('project'),
      address: host,
      defaultPort: port,
      sessionConnectionLimit: -1,
      brokeredCredentialSourceIds: sources.length > 0 ? sources : undefined,
    });
    this.targets.set(name, target);
    // The name by which clients open a session, whatever the target's id.
    new AliasTarget(this, `alias-${name}`, { name, value: name, scopeId: 'global', destinationId: target.id });
  }

  private makeGrant({ name, principal, targets }: BoundaryGrant): void {
    const principalId = this.principalOf(name, principal);
    if (!principalId) return;
    const isPerson = principal.kind === 'user';
    if (!isPerson)
      for (const target of targets) this.guests.set(target, [...(this.guests.get(target) ?? []), principalId]);
    this.makeRole(
      name,
      [principalId],
      [...(isPerson ? targets.flatMap((target) => this.mayEnter(target)) : []), ...OWN_VIEW],
    );
  }

  /** A role for each environment: one more for a group that enters all of them then changes nothing of the group's. */
  private admitGuests(target: string, principalIds: readonly string[]): void {
    this.makeRole(`guests-${target}`, principalIds, this.mayEnter(target));
  }

  private mayEnter(target: string): string[] {
    const resource = this.targets.get(target);
    return resource ? [`ids=${resource.id};actions=read,authorize-session`] : [];
  }

  private makeRole(name: string, principalIds: readonly string[], grantStrings: readonly string[]): void {
    new Role(this, `role-${name}`, {
      name,
      scopeId: this.idOf('project'),
      principalIds: [...principalIds],
      grantStrings: [...grantStrings],
    });
  }

  /** Whom Boundary knows a principal as; undefined where nobody can log in. */
  private principalOf(id: string, { kind, name }: BoundaryGrant['principal']): string | undefined {
    if (kind === 'agent') return this.idOf(`user-agent-${name}`);
    const { identity } = this.facts;
    if (!identity) return undefined;
    return this.peopleWhose(id, kind === 'user' ? isCalled(name, identity.usernameClaim) : isMember(name, identity));
  }

  /** People whose login says what the filter asks for. */
  private peopleWhose(name: string, filter: string): string {
    return new ManagedGroup(this, `managed-group-${name}`, { name, authMethodId: this.idOf('oidc'), filter }).id;
  }

  /** Groups that see what others do. */
  private makeOversight(): void {
    const { identity, oversight } = this.facts;
    if (!identity) return;
    for (const kind of ['admins', 'auditors'] as const) {
      const groups = oversight[kind] ?? [];
      if (groups.length === 0) continue;
      const name = `oversight-${kind}`;
      const filters = groups.map((group) => isMember(group, identity));
      new Role(this, `role-${name}`, {
        name,
        scopeId: 'global',
        grantScopeIds: ['this', 'descendants'],
        principalIds: [this.peopleWhose(name, filters.join(' or '))],
        grantStrings: OVERSIGHT[kind],
      });
    }
  }
}
