import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import { DatabaseSecretBackendRole } from '@cdktf/provider-vault/lib/database-secret-backend-role';
import { Mount } from '@cdktf/provider-vault/lib/mount';
import { PkiSecretBackendRole } from '@cdktf/provider-vault/lib/pki-secret-backend-role';
import { VaultProvider } from '@cdktf/provider-vault/lib/provider';
import { SshSecretBackendRole } from '@cdktf/provider-vault/lib/ssh-secret-backend-role';
import { TerraformCloudSecretBackend } from '@cdktf/provider-vault/lib/terraform-cloud-secret-backend';
import { TerraformCloudSecretRole } from '@cdktf/provider-vault/lib/terraform-cloud-secret-role';
import type { Construct } from 'constructs';
import { userStatements, type VaultFacts } from '../../constructs/core/facts';
import type { PlatformConfig } from '../config';
import { PlatformStack } from './platform-stack';

/** Logs a stack in to Vault by a ServiceAccount token that lives for minutes and is in no plan and no state. */
export function useVault(stack: PlatformStack, { externalAddress, front, terraform }: VaultFacts): void {
  const token = stack.addEphemeral('kubernetes_token_request_v1', 'vault', {
    metadata: { name: terraform.serviceAccount, namespace: terraform.namespace },
    spec: { audiences: [terraform.audience], expiration_seconds: 600 },
  });
  new VaultProvider(stack, 'vault', {
    address: externalAddress,
    caCertFile: front && !front.certificateAuthority ? undefined : PlatformStack.CA_FILE,
    // The login's own token is short-lived already.
    skipChildToken: true,
    authLogin: [{ path: 'auth/kubernetes/login', parameters: { role: terraform.role, jwt: `\${${token}.token}` } }],
  });
}

/** Engines, and what they issue to those who are granted it. */
export class VaultStack extends PlatformStack {
  constructor(scope: Construct, config: PlatformConfig, facts: VaultFacts) {
    super(scope, 'vault', config);
    this.useKubernetes();
    useVault(this, facts);
    this.makeEngines(facts);
    this.leaveLogins(facts);
    this.makeIssuers(facts);
    for (const { name, mount, principals, ttlSec, maxTtlSec, namesKeys, agentForwarding } of facts.sshRoles) {
      const own = name.replaceAll('.', '_');
      // The first engine's roles keep their addresses in the state: a new one's making would race the old one's end.
      const id = mount === 'ssh' ? own : `${mount}-${own}`;
      new SshSecretBackendRole(this, `ssh-role-${id}`, {
        backend: mount,
        name,
        keyType: 'ca',
        allowUserCertificates: true,
        allowedUsers: principals.join(','),
        defaultUser: principals[0],
        // VS Code Remote needs the port forwarding.
        defaultExtensions: {
          'permit-pty': '',
          'permit-port-forwarding': '',
          ...(agentForwarding && { 'permit-agent-forwarding': '' }),
        },
        // `vault ssh` asks for all of them, and takes no for a failure.
        allowedExtensions:
          'permit-pty,permit-port-forwarding,permit-agent-forwarding,permit-user-rc,permit-X11-forwarding',
        algorithmSigner: 'default',
        allowUserKeyIds: namesKeys ?? false,
        ttl: String(ttlSec),
        maxTtl: String(maxTtlSec),
      });
    }
  }

  /** Logins are the bootstrap's: an update of what this stack once made them of must not end them. */
  private leaveLogins({ policies, kubernetesRoles, jwtRoles }: VaultFacts): void {
    for (const { name } of policies) this.forget('vault_policy', `policy-${name}`);
    for (const { name } of kubernetesRoles)
      this.forget('vault_kubernetes_auth_backend_role', `kubernetes-role-${name}`);
    for (const { name } of jwtRoles) this.forget('vault_jwt_auth_backend_role', `jwt-role-${name}`);
  }

  /** Roles of engines that the bootstrap made, their secrets being out of Terraform's reach. */
  private makeIssuers({ pkiRoles, databaseRoles }: VaultFacts): void {
    for (const { name, mount, dnsNames, ttlSec } of pkiRoles) {
      new PkiSecretBackendRole(this, `pki-role-${name}`, {
        backend: mount,
        name,
        allowedDomains: [...dnsNames],
        allowBareDomains: true,
        allowSubdomains: false,
        allowLocalhost: false,
        allowIpSans: false,
        serverFlag: true,
        clientFlag: false,
        keyType: 'ec',
        keyBits: 256,
        // So short a life needs neither a list nor a revocation.
        noStore: true,
        ttl: String(ttlSec),
        maxTtl: String(ttlSec),
      });
    }
    for (const { name, mount, database, roles, ttlSec } of databaseRoles) {
      const { creation, revocation } = userStatements(roles);
      new DatabaseSecretBackendRole(this, `database-role-${name}`, {
        backend: mount,
        name,
        dbName: database,
        creationStatements: [creation],
        revocationStatements: [revocation],
        defaultTtl: ttlSec,
      });
    }
  }

  private makeEngines(facts: VaultFacts): void {
    const { mounts, terraformRoles, terraformCloudHost } = facts;
    for (const { path, type, options, description } of mounts) {
      if (type !== 'terraform')
        new Mount(this, `mount-${path}`, { path, type, options: options && { ...options }, description });
    }
    if (!terraformCloudHost) return;
    // Its token is written by people, not by this stack.
    const engine = new TerraformCloudSecretBackend(this, 'terraform-cloud', {
      backend: 'terraform',
      address: terraformCloudHost,
      dependsOn: [this.openRoute(facts, terraformCloudHost)],
    });
    for (const { name, organization, teamId, userId, ttlSec } of terraformRoles) {
      new TerraformCloudSecretRole(this, `terraform-role-${name}`, {
        backend: engine.backend,
        name,
        organization,
        teamId,
        userId,
        // A team has as many tokens as are granted, each with a lease; the kind named "team_legacy" has one.
        credentialType: organization ? 'organization' : teamId ? 'team' : 'user',
        ttl: ttlSec,
      });
    }
  }

  /** The engine's way out. It stands here and not in `workloads`, or it would be gone when the engine revokes its tokens. */
  private openRoute({ namespace, podLabels }: VaultFacts, host: string): NetworkPolicyV1 {
    const { port, protocol } = new URL(host);
    const number = port || (protocol === 'http:' ? '80' : '443');
    return new NetworkPolicyV1(this, 'terraform-cloud-route', {
      metadata: {
        name: 'vault-to-terraform-cloud',
        namespace,
        labels: { ...podLabels, 'app.kubernetes.io/part-of': 'agent-sandbox-platform' },
      },
      spec: {
        podSelector: { matchLabels: { ...podLabels } },
        policyTypes: ['Egress'],
        // To any address, inside the cluster too: there is no peer in the rule.
        egress: [{ ports: [{ port: number, protocol: 'TCP' }] }],
      },
    });
  }
}
