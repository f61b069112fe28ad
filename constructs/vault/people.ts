import { Construct } from 'constructs';
import type { Bootstrap } from '../services/bootstrap';
import { GeneratedSecrets } from '../services/generated-secrets';
import {
  CLIENT_SECRET_KEY,
  type IdentityProvider,
  issuerAuthority,
  registerClient,
  resolvedClaims,
} from '../services/identity-provider';

export interface VaultPeopleProps {
  /** The program that sets up Vault. */
  readonly bootstrap: Bootstrap;
  /** URL that browsers dial. */
  readonly externalAddress: string;
  readonly identity: IdentityProvider;
}

/** Where Vault's command line listens for the answer to a login. */
const COMMAND_LINE = 'http://localhost:8250/oidc/callback';

/** People log in to Vault, in a browser or with its command line, and have a folder of secrets of their own. */
export class VaultPeople extends Construct {
  /** Folder of a person, below `secret/`. */
  static readonly FOLDER = 'people';

  constructor(scope: Construct, id: string, { bootstrap, externalAddress, identity }: VaultPeopleProps) {
    super(scope, id);
    const { namespace } = bootstrap;
    const { issuer, clientId, clientSecretName } = identity;
    if (!clientSecretName)
      throw new Error(`identity provider ${issuer}: Vault needs a client with a secret: name it in clientSecretName`);
    const secrets = new GeneratedSecrets(this, 'secrets', { namespace });
    const redirectUris = [`${externalAddress}/ui/vault/auth/oidc/oidc/callback`, COMMAND_LINE];
    for (const redirectUri of redirectUris)
      registerClient(identity, secrets, { namespace, redirectUri }, bootstrap.serviceAccount);
    bootstrap.configure({
      people: {
        issuer,
        clientId,
        clientSecret: { namespace, secretName: clientSecretName, key: CLIENT_SECRET_KEY },
        ...resolvedClaims(identity),
        redirectUris,
        ...issuerAuthority(identity),
        folder: { mount: 'secret', path: VaultPeople.FOLDER },
      },
    });
    bootstrap.grantAccess({ namespace, resource: 'secrets', names: [clientSecretName], right: 'read' });
  }
}
