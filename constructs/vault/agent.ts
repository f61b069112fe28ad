import { ISSUER_MOUNT } from '../core/facts';
import { digest } from '../core/settings';
import { allow, serverAt } from '../network/peer';
import type { VaultCluster } from './cluster';
import { POLICY_PREFIX } from './setup';

/** Tokens of another issuer, such as of a pipeline's runner, and what has to stand in them. */
export interface JwtLogin {
  /** Issuer, exactly as its tokens name it. Vault finds its keys there. */
  readonly issuer: string;
  /** The only authorities that the issuer's certificate may be of, in PEM. @default - the public ones */
  readonly certificateAuthority?: string;
  /** Audience that a token has to name. */
  readonly audience: string;
  /** Values that claims have to have, one at least, each without commas: whoever gets a token of this issuer comes in otherwise. */
  readonly claims: Readonly<Record<string, string>>;
}

/** How a program shows Vault who it is: one of these. */
export interface AgentLogin {
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
  readonly jwt?: JwtLogin;
}

/** Path of the login for an issuer's tokens, as far as its letters tell. */
const mountOf = (issuer: string): string => {
  const { hostname, port, pathname } = new URL(issuer);
  return `${ISSUER_MOUNT}${[hostname, port, pathname]
    .join('-')
    .replace(/[^a-zA-Z0-9]+/g, '-')
    .replace(/-$/, '')}`;
};

/** Issuers of each Vault's logins, by their paths. */
const mounts = new WeakMap<VaultCluster, Map<string, JwtLogin>>();

/** The same path for all agents of an issuer; the second issuer of one name has a digest behind it. @throws for two authorities */
function sharedMount(vault: VaultCluster, name: string, jwt: JwtLogin): string {
  const known = mounts.get(vault) ?? new Map<string, JwtLogin>();
  mounts.set(vault, known);
  const plain = mountOf(jwt.issuer);
  const mount = (known.get(plain) ?? jwt).issuer === jwt.issuer ? plain : `${plain}-${digest(jwt.issuer)}`;
  const before = known.get(mount) ?? jwt;
  if (before.certificateAuthority !== jwt.certificateAuthority)
    throw new Error(
      `agent "${name}": ${jwt.issuer} has another certificateAuthority with another agent: name one for both`,
    );
  known.set(mount, jwt);
  return mount;
}

/** @throws if a token that is not meant could do */
function checkJwt(name: string, { issuer, audience, claims }: JwtLogin): void {
  if (Object.keys(claims).length === 0)
    throw new Error(`agent "${name}" needs a claim that tells its tokens from others of ${issuer}`);
  if (!audience) throw new Error(`agent "${name}" needs the audience of its tokens`);
  if (new URL(issuer).protocol !== 'https:')
    throw new Error(`agent "${name}" needs an issuer with https, got ${issuer}: keys would come from anybody`);
  for (const [claim, value] of Object.entries(claims)) {
    // Terraform's provider, for whoever renders these roles by it, splits them, and either part would do.
    if (!value || value.includes(','))
      throw new Error(`agent "${name}" needs one value without commas for "${claim}", got ${JSON.stringify(value)}`);
  }
}

/** Lets a program log in to Vault for what its policy's paths allow. @throws unless it has one login */
export function admitAgent(
  vault: VaultCluster,
  name: string,
  { serviceAccount, jwt }: AgentLogin,
  paths: Readonly<Record<string, readonly string[]>>,
): void {
  if ((serviceAccount === undefined) === (jwt === undefined))
    throw new Error(`agent "${name}" needs a serviceAccount or a jwt to log in by, one of them`);
  const role = `${POLICY_PREFIX}agent.${name}`;
  vault.addPolicy({ name: role, paths });
  if (serviceAccount) {
    const { namespace, name: account } = serviceAccount;
    vault.addKubernetesRole({ name: role, serviceAccounts: [account], namespaces: [namespace], policies: [role] });
  }
  if (!jwt) return;
  const { issuer, certificateAuthority: ca, audience, claims } = jwt;
  checkJwt(name, jwt);
  const mount = sharedMount(vault, name, jwt);
  const url = new URL(issuer);
  vault.bootstrap.configure({ issuers: [{ mount, issuer, ...(ca && { ca }) }] });
  allow(vault.peer, serverAt(mount, issuer), [{ port: Number(url.port || 443) }]);
  vault.addJwtRole({ name: role, mount, audience, claims, policies: [role] });
}
