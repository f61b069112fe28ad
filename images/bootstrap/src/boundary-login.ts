import { type Api, findOrCreate } from './boundary-api';
import { authoritiesOf, type IssuerAuthority } from './issuer';
import { type SecretKey, secretValue } from './kubernetes';
import { log } from './program';

/** How people log in. */
export interface Identity extends IssuerAuthority {
  readonly issuer: string;
  readonly clientId: string;
  readonly apiUrl: string;
  readonly scopes: readonly string[];
  /** The claim whose value names a person in lists. */
  readonly usernameClaim: string;
  readonly clientSecret: SecretKey;
}

async function attributesOf(identity: Identity): Promise<object> {
  const { issuer, clientId, apiUrl, scopes, usernameClaim, clientSecret } = identity;
  return {
    issuer,
    client_id: clientId,
    client_secret: await secretValue(clientSecret),
    api_url_prefix: apiUrl,
    signing_algorithms: ['RS256'],
    claims_scopes: scopes,
    account_claim_maps: [`${usernameClaim}=name`],
    // Null takes one away that was there before.
    idp_ca_certs: authoritiesOf(identity) ?? null,
  };
}

/** People's login, inactive at first: the issuer is asked when it is made active. */
export async function makeLogin(api: Api, identity: Identity): Promise<string> {
  const attributes = async () => ({ type: 'oidc', attributes: await attributesOf(identity) });
  return (await findOrCreate(api, 'auth-methods', { scope_id: 'global' }, 'oidc', attributes)).object.id;
}

/** Lets people log in as configured now, and makes that the way to do so. Fails until the issuer answers as itself. */
export async function activate(api: Api, method: string, identity: Identity): Promise<void> {
  const { version: before } = await api('GET', `auth-methods/${method}`);
  const wanted = await attributesOf(identity);
  const { version, attributes } = await api('PATCH', `auth-methods/${method}`, { version: before, attributes: wanted });
  if (attributes.state !== 'active-public') {
    await api('POST', `auth-methods/${method}:change-state`, { version, attributes: { state: 'active-public' } });
    log('people can log in');
  }
  const scope = await api('GET', 'scopes/global');
  if (scope.primary_auth_method_id !== method)
    await api('PATCH', 'scopes/global', { version: scope.version, primary_auth_method_id: method });
}
