import { Construct } from 'constructs';
import type { BoundaryFacts } from '../core/facts';
import { k8s } from '../core/k8s';
import type { Attachment, ContainerSpec } from '../core/pod';
import { resources } from '../core/resources';
import { allow } from '../network/peer';
import { Bootstrap } from '../services/bootstrap';
import { CertificateAuthority } from '../services/certificate-authority';
import type { GeneratedSecrets } from '../services/generated-secrets';
import {
  CLIENT_SECRET_KEY,
  type IdentityProvider,
  issuerAuthority,
  registerClient,
  resolvedClaims,
} from '../services/identity-provider';
import { VaultCluster } from '../vault/cluster';
import { POLICY_PREFIX } from '../vault/setup';
import { agentAccount, ownAccount, passwordPaths, programLogin } from './accounts';
import { BoundaryKeeper } from './keeper';
import type { BoundaryKeys } from './keys';
import type { BoundaryServers } from './servers';

export interface BoundaryBootstrapProps {
  readonly namespace: string;
  readonly image: string;
  readonly vault: VaultCluster;
  readonly controllers: BoundaryServers;
  readonly keys: BoundaryKeys;
  readonly secrets: GeneratedSecrets;
  readonly identity?: IdentityProvider;
}

const CONFIG_MAP = 'boundary-objects';
const TERRAFORM = ownAccount('terraform');
const KEEPER = ownAccount('keeper');
const ROLE = 'boundary-bootstrap';
const STORE = 'boundary-store';
const STORE_PERIOD_SEC = 24 * 3600;

/**
 * Makes what Terraform cannot make without its secrets ending up in state: the accounts of programs, whose passwords
 * stand only in Vault, and the credential store with its Vault token. The recovery key is used here alone.
 */
export class BoundaryBootstrap extends Construct {
  readonly facts: Pick<BoundaryFacts, 'objects' | 'serviceAccount'>;
  private readonly keeper: BoundaryKeeper;
  private readonly job: Bootstrap;
  /** What the job may do in Vault; its text is made when all agents are known. */
  private readonly paths: Record<string, readonly string[]>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: BoundaryBootstrapProps,
  ) {
    super(scope, id);
    const { namespace, vault, controllers, identity } = props;
    vault.authority.publish(namespace);
    this.paths = {
      ...passwordPaths(TERRAFORM),
      ...passwordPaths(KEEPER),
      // sudo, as for every token that names its period; the token role still limits what it may do.
      [`auth/token/create/${STORE}`]: ['create', 'update', 'sudo'],
    };
    this.setUpVault();
    this.job = this.makeJob();
    this.configureJob();
    this.allowJob();
    this.keeper = new BoundaryKeeper(this, 'keeper', {
      namespace,
      vault,
      address: controllers.address,
      controllers: controllers.controllerPeer,
      configMap: CONFIG_MAP,
      account: KEEPER,
    });
    if (identity) this.logInWith(identity);
    this.facts = { objects: { namespace, configMap: CONFIG_MAP }, serviceAccount: TERRAFORM.password };
  }

  /** Makes a program known that opens sessions. Returns the paths of Vault that its login has to read. */
  addAgent(name: string): Record<string, readonly string[]> {
    const account = agentAccount(name);
    this.job.configure({ agents: [account] });
    Object.assign(this.paths, passwordPaths(account));
    this.keeper.addAgent(account);
    const { mount, path } = account.password;
    return { [`${mount}/data/${path}`]: ['read'] };
  }

  private logInWith(identity: IdentityProvider): void {
    const { namespace, controllers, secrets } = this.props;
    const { issuer, clientId, clientSecretName } = identity;
    if (!clientSecretName)
      throw new Error(
        `identity provider ${issuer}: Boundary needs a client with a secret: name it in clientSecretName`,
      );
    const apiUrl = controllers.externalAddress;
    const redirectUri = `${apiUrl}/v1/auth-methods/oidc:authenticate:callback`;
    registerClient(identity, secrets, { namespace, redirectUri }, this.keeper.bootstrap.serviceAccount);
    const { scopes, usernameClaim } = resolvedClaims(identity);
    for (const program of [this.job, this.keeper.bootstrap]) {
      program.configure({
        identity: {
          issuer,
          clientId,
          apiUrl,
          scopes,
          usernameClaim,
          clientSecret: { namespace, secretName: clientSecretName, key: CLIENT_SECRET_KEY },
          ...issuerAuthority(identity),
        },
      });
      program.grantAccess({ namespace, resource: 'secrets', names: [clientSecretName], right: 'read' });
    }
  }

  private setUpVault(): void {
    const { vault, namespace } = this.props;
    vault.bootstrap.configure(programLogin(ROLE, namespace, this.paths));
    vault.bootstrap.configure({
      policies: [
        {
          name: STORE,
          paths: {
            'auth/token/lookup-self': ['read'],
            'auth/token/renew-self': ['update'],
            'auth/token/revoke-self': ['update'],
            'sys/leases/renew': ['update'],
            'sys/leases/revoke': ['update'],
            'sys/capabilities-self': ['update'],
          },
        },
      ],
      tokenRoles: [{ name: STORE, allowedPolicies: [STORE, `${POLICY_PREFIX}boundary`], periodSec: STORE_PERIOD_SEC }],
    });
  }

  private configureJob(): void {
    const { namespace, vault, controllers } = this.props;
    this.job.configure({
      namespace,
      configMap: CONFIG_MAP,
      boundary: controllers.address,
      // Another one with another database, which has none of this yet: the job runs again, and not at the old one.
      schema: controllers.schemaConfigMap,
      vault: vault.address,
      caFile: CertificateAuthority.FILE,
      role: ROLE,
      account: TERRAFORM,
      keeper: KEEPER,
      agents: [],
      store: { tokenRole: STORE, policies: [STORE, `${POLICY_PREFIX}boundary`], periodSec: STORE_PERIOD_SEC },
    });
  }

  private allowJob(): void {
    const { namespace, vault, controllers, keys } = this.props;
    this.job.grantAccess({ namespace, resource: 'configmaps', names: [CONFIG_MAP] });
    this.job.grantAccess({ namespace, resource: 'configmaps', names: [controllers.schemaConfigMap], right: 'read' });
    vault.allowFrom(this.job.peer);
    keys.allowFrom(this.job.peer, 'recovery');
    allow(this.job.peer, controllers.controllerPeer, [{ port: 9200 }]);
  }

  private makeJob(): Bootstrap {
    const { namespace, keys } = this.props;
    const kms = keys.attach('recovery');
    const work: k8s.VolumeMount = { name: 'work', mountPath: '/scratch' };
    const ca: k8s.VolumeMount = CertificateAuthority.mount('ca');
    return new Bootstrap(this, 'bootstrap', {
      namespace,
      name: ROLE,
      program: 'boundary',
      // Its Vault's authority may be another one meanwhile.
      run: 'repeatable',
      tokenAudience: VaultCluster.AUDIENCE,
      mounts: [work, ca],
      serviceAccountAnnotations: keys.serviceAccountAnnotations,
      podLabels: keys.podLabels,
      steps: ['password'],
      before: [this.accountContainer(kms, [work, ca])],
      volumes: [
        { name: 'work', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('4Mi') } },
        CertificateAuthority.volume('ca'),
        ...kms.volumes,
      ],
    });
  }

  /** Makes the account that Terraform has, by the recovery key. */
  private accountContainer(kms: Attachment, mounts: readonly k8s.VolumeMount[]): ContainerSpec {
    const { image, controllers } = this.props;
    return {
      name: 'service-account',
      image,
      command: ['/bin/sh', '-c', SCRIPT],
      env: [
        { name: 'HOME', value: '/tmp' },
        { name: 'BOUNDARY_ADDR', value: controllers.address },
        { name: 'BOUNDARY_CACERT', value: CertificateAuthority.FILE },
        { name: 'BOUNDARY_RECOVERY_CONFIG', value: '/etc/boundary/kms/recovery.hcl' },
        { name: 'BOUNDARY_KEYRING_TYPE', value: 'none' },
        { name: 'BOUNDARY_SKIP_CACHE_DAEMON', value: 'true' },
        ...kms.env,
      ],
      resources: resources(['50m', '64Mi'], ['1', '256Mi']),
      volumeMounts: [...mounts, ...kms.mounts, { name: 'tmp', mountPath: '/tmp' }],
    };
  }
}

/** Each object is looked for by name first, so that it may be run again at any point. */
const SCRIPT = `set -eu
first_id() { grep -o '"id":"[^"]*"' | head -n 1 | cut -d '"' -f 4; }
find_or_create() { # KIND NAME ARGUMENTS OF list -- ARGUMENTS OF create
  kind=$1 name=$2 list=
  shift 2
  while [ "$1" != -- ]; do list="$list $1"; shift; done
  shift
  found=$(boundary "$kind" list $list -filter "\\"/item/name\\" == \\"$name\\"" -format json | first_id || true)
  [ -n "$found" ] || found=$(boundary "$kind" create "$@" -name "$name" -format json | first_id)
  echo "$found"
}
tries=0
until boundary scopes list -format json > /dev/null 2>&1; do
  tries=$((tries + 1))
  if [ "$tries" -gt 150 ]; then echo "Boundary does not answer at $BOUNDARY_ADDR"; exit 1; fi
  sleep 2
done
method=$(find_or_create auth-methods platform -scope-id global -- password -scope-id global)
account=$(find_or_create accounts terraform -auth-method-id "$method" -- password -auth-method-id "$method" -login-name terraform -password file:///scratch/password)
user=$(find_or_create users terraform -scope-id global -- -scope-id global)
boundary accounts set-password -id "$account" -password file:///scratch/password > /dev/null
boundary users set-accounts -id "$user" -account "$account" > /dev/null
role=$(find_or_create roles platform-administration -scope-id global -- -scope-id global)
boundary roles set-principals -id "$role" -principal "$user" > /dev/null
boundary roles set-grant-scopes -id "$role" -grant-scope-id this -grant-scope-id descendants > /dev/null
boundary roles set-grants -id "$role" -grant 'ids=*;type=*;actions=*' > /dev/null
login=$(find_or_create roles login -scope-id global -- -scope-id global)
boundary roles set-principals -id "$login" -principal u_anon > /dev/null
boundary roles set-grant-scopes -id "$login" -grant-scope-id this -grant-scope-id descendants > /dev/null
boundary roles set-grants -id "$login" -grant 'ids=*;type=scope;actions=list,no-op' -grant 'ids=*;type=auth-method;actions=authenticate,list' -grant 'ids={{.Account.Id}};actions=read,change-password' -grant 'ids=*;type=auth-token;actions=list,read:self,delete:self' > /dev/null
echo "$method" > /scratch/method
echo "service account is in place"
`;
