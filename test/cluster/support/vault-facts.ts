import { policyText, userStatements, type VaultFacts } from '../../../constructs/core/facts';
import { inVault } from './vault';

/** Writes what grants lead to into Vault, as the bootstrap and Terraform do: engines, policies, logins and the roles of certificates. */
export async function writeFacts(facts: VaultFacts, token: string): Promise<void> {
  const write = (args: string, input: string) => inVault(args, token, input);
  const present = await inVault('secrets list -format=json', token);
  for (const { path, type } of facts.mounts)
    if (!present[`${path}/`]) await write(`secrets enable -path=${path} -version=2 ${type}`, '');
  for (const { name, paths } of facts.policies) await write(`policy write ${name} -`, policyText(paths));
  for (const role of facts.kubernetesRoles) {
    const body = {
      bound_service_account_names: role.serviceAccounts,
      bound_service_account_namespaces: role.namespaces,
      audience: role.audience,
      token_period: role.tokenPeriodSec,
      token_policies: role.policies,
    };
    await write(`write auth/kubernetes/role/${role.name} -`, JSON.stringify(body));
  }
  for (const { mount, name, dnsNames, ttlSec } of facts.pkiRoles) {
    const body = {
      allowed_domains: dnsNames,
      allow_bare_domains: true,
      key_type: 'ec',
      key_bits: 256,
      max_ttl: `${ttlSec}s`,
    };
    await write(`write ${mount}/roles/${name} -`, JSON.stringify(body));
  }
  for (const { mount, name, database, roles, ttlSec } of facts.databaseRoles) {
    const { creation, revocation } = userStatements(roles);
    const statements = { creation_statements: [creation], revocation_statements: [revocation] };
    await write(
      `write ${mount}/roles/${name} -`,
      JSON.stringify({ db_name: database, ...statements, default_ttl: ttlSec }),
    );
  }
}
