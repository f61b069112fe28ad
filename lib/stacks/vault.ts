import { KubernetesAuthBackendRole } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-role';
import { Mount } from '@cdktf/provider-vault/lib/mount';
import { Policy } from '@cdktf/provider-vault/lib/policy';
import { VaultProvider } from '@cdktf/provider-vault/lib/provider';
import { SshSecretBackendRole } from '@cdktf/provider-vault/lib/ssh-secret-backend-role';
import { TerraformCloudSecretBackend } from '@cdktf/provider-vault/lib/terraform-cloud-secret-backend';
import { TerraformCloudSecretRole } from '@cdktf/provider-vault/lib/terraform-cloud-secret-role';
import type { Construct } from 'constructs';
import type { VaultFacts } from '../../constructs/facts';
import type { PlatformConfig } from '../config';
import { PlatformStack } from './platform-stack';

/** Logs a stack in to Vault by a ServiceAccount token that lives for minutes and is in no plan and no state. */
export function useVault(stack: PlatformStack, { externalAddress, terraform }: VaultFacts): void {
  const token = stack.addEphemeral('kubernetes_token_request_v1', 'vault', {
    metadata: { name: terraform.serviceAccount, namespace: terraform.namespace },
    spec: { audiences: [terraform.audience], expiration_seconds: 600 },
  });
  new VaultProvider(stack, 'vault', {
    address: externalAddress,
    caCertFile: PlatformStack.CA_FILE,
    // The login's own token is short-lived already.
    skipChildToken: true,
    authLogin: [{ path: 'auth/kubernetes/login', parameters: { role: terraform.role, jwt: `\${${token}.token}` } }],
  });
}

/** What people and pods are granted inside Vault. */
export class VaultStack extends PlatformStack {
  constructor(scope: Construct, config: PlatformConfig, facts: VaultFacts) {
    super(scope, 'vault', config);
    this.useKubernetes();
    useVault(this, facts);
    this.makeEngines(facts);
    for (const { name, paths } of facts.policies)
      new Policy(this, `policy-${name}`, { name, policy: policyText(paths) });
    for (const role of facts.kubernetesRoles) {
      new KubernetesAuthBackendRole(this, `kubernetes-role-${role.name}`, {
        backend: 'kubernetes',
        roleName: role.name,
        boundServiceAccountNames: [...role.serviceAccounts],
        boundServiceAccountNamespaces: [...role.namespaces],
        audience: role.audience,
        tokenPolicies: [...role.policies],
        // A period and no maximum, or the operator would restart its consumers whenever its token ends.
        tokenPeriod: role.tokenPeriodSec,
      });
    }
    for (const { name, mount, principals, ttlSec } of facts.sshRoles) {
      new SshSecretBackendRole(this, `ssh-role-${name}`, {
        backend: mount,
        name,
        keyType: 'ca',
        allowUserCertificates: true,
        allowedUsers: principals.join(','),
        defaultUser: principals[0],
        // VS Code Remote needs the port forwarding.
        defaultExtensions: { 'permit-pty': '', 'permit-port-forwarding': '' },
        allowedExtensions: 'permit-pty,permit-port-forwarding',
        algorithmSigner: 'default',
        ttl: String(ttlSec),
        maxTtl: String(ttlSec),
      });
    }
  }

  private makeEngines({ mounts, terraformRoles, terraformCloudHost }: VaultFacts): void {
    for (const { path, type, options, description } of mounts) {
      if (type !== 'terraform')
        new Mount(this, `mount-${path}`, { path, type, options: options && { ...options }, description });
    }
    if (terraformRoles.length === 0) return;
    // Its token is written by people, not by this stack.
    const engine = new TerraformCloudSecretBackend(this, 'terraform-cloud', {
      backend: 'terraform',
      address: terraformCloudHost,
    });
    for (const { name, organization, teamId } of terraformRoles) {
      new TerraformCloudSecretRole(this, `terraform-role-${name}`, {
        backend: engine.backend,
        name,
        organization,
        teamId,
      });
    }
  }
}

const policyText = (paths: Readonly<Record<string, readonly string[]>>): string =>
  Object.entries(paths)
    .map(
      ([path, capabilities]) => `path ${JSON.stringify(path)} {\n  capabilities = ${JSON.stringify(capabilities)}\n}\n`,
    )
    .join('');
