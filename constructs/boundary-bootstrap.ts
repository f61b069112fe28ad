import { Construct } from 'constructs';
import { Bootstrap } from './bootstrap';
import type { IdentityProvider } from './boundary-control';
import { KMS_SECRET } from './boundary-kms';
import type { BoundaryServers } from './boundary-servers';
import { CertificateAuthority } from './certificate-authority';
import type { BoundaryFacts } from './facts';
import { k8s } from './k8s';
import { allow } from './peer';
import { resources } from './pod';
import { VaultCluster } from './vault-cluster';
import { POLICY_PREFIX } from './vault-setup';

export interface BoundaryBootstrapProps {
  readonly namespace: string;
  readonly image: string;
  readonly vault: VaultCluster;
  readonly controllers: BoundaryServers;
  readonly identity?: IdentityProvider;
}

const CONFIG_MAP = 'boundary-objects';
const MOUNT = 'platform';
const PASSWORD_PATH = 'boundary/terraform';
const ROLE = 'boundary-bootstrap';
const STORE = 'boundary-store';
const STORE_PERIOD_SEC = 24 * 3600;

/**
 * Makes what Terraform cannot make without its secrets ending up in state: the service account it logs in with, whose
 * password stands only in Vault, and the credential store with its Vault token. The recovery key is used here alone.
 */
export class BoundaryBootstrap extends Construct {
  readonly facts: Pick<BoundaryFacts, 'objects' | 'serviceAccount'>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: BoundaryBootstrapProps,
  ) {
    super(scope, id);
    const { namespace, vault, controllers, identity } = props;
    vault.authority.publish(namespace);
    this.setUpVault();
    const bootstrap = this.makeJob();
    bootstrap.configure({
      namespace,
      configMap: CONFIG_MAP,
      boundary: controllers.address,
      vault: vault.address,
      caFile: '/etc/platform-ca/ca.crt',
      role: ROLE,
      password: { mount: MOUNT, path: PASSWORD_PATH },
      store: { tokenRole: STORE, policies: [STORE, `${POLICY_PREFIX}boundary`], periodSec: STORE_PERIOD_SEC },
    });
    bootstrap.grantAccess({ namespace, resource: 'configmaps', names: [CONFIG_MAP] });
    if (identity) {
      const { namespace: from, secretName } = identity.clientSecret;
      bootstrap.configure({ identity: { ...identity, apiUrl: controllers.externalAddress } });
      bootstrap.grantAccess({ namespace: from, resource: 'secrets', names: [secretName], readOnly: true });
    }
    vault.allowFrom(bootstrap.peer);
    allow(bootstrap.peer, controllers.controllerPeer, [{ port: 9200 }]);
    this.facts = {
      objects: { namespace, configMap: CONFIG_MAP },
      serviceAccount: { mount: MOUNT, path: PASSWORD_PATH },
    };
  }

  private setUpVault(): void {
    const { vault, namespace } = this.props;
    vault.bootstrap.configure({
      mounts: [
        { path: MOUNT, type: 'kv', options: { version: '2' }, description: "the platform's own service accounts" },
      ],
      policies: [
        {
          name: ROLE,
          paths: {
            [`${MOUNT}/data/${PASSWORD_PATH}`]: ['create', 'read'],
            // sudo, as for every token that names its period; the token role still limits what it may do.
            [`auth/token/create/${STORE}`]: ['create', 'update', 'sudo'],
          },
        },
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
      roles: [
        {
          name: ROLE,
          serviceAccounts: [ROLE],
          namespaces: [namespace],
          audience: VaultCluster.AUDIENCE,
          policies: [ROLE],
          tokenPeriodSec: 900,
        },
      ],
      tokenRoles: [{ name: STORE, allowedPolicies: [STORE, `${POLICY_PREFIX}boundary`], periodSec: STORE_PERIOD_SEC }],
    });
  }

  private makeJob(): Bootstrap {
    const { namespace, image, controllers } = this.props;
    const work: k8s.VolumeMount = { name: 'work', mountPath: '/scratch' };
    const ca: k8s.VolumeMount = { name: 'ca', mountPath: '/etc/platform-ca', readOnly: true };
    return new Bootstrap(this, 'bootstrap', {
      namespace,
      name: ROLE,
      program: 'boundary',
      run: 'once',
      tokenAudience: VaultCluster.AUDIENCE,
      mounts: [work, ca],
      steps: ['password'],
      before: [
        {
          name: 'service-account',
          image,
          command: ['/bin/sh', '-c', SCRIPT],
          env: [
            { name: 'HOME', value: '/tmp' },
            { name: 'BOUNDARY_ADDR', value: controllers.address },
            { name: 'BOUNDARY_CACERT', value: '/etc/platform-ca/ca.crt' },
            { name: 'BOUNDARY_RECOVERY_CONFIG', value: '/etc/boundary/kms/recovery.hcl' },
            { name: 'BOUNDARY_KEYRING_TYPE', value: 'none' },
            { name: 'BOUNDARY_SKIP_CACHE_DAEMON', value: 'true' },
          ],
          resources: resources(['50m', '64Mi'], ['1', '256Mi']),
          volumeMounts: [
            work,
            ca,
            { name: 'kms', mountPath: '/etc/boundary/kms', readOnly: true },
            { name: 'tmp', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [
        { name: 'work', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('4Mi') } },
        { name: 'ca', configMap: { name: CertificateAuthority.BUNDLE } },
        { name: 'kms', secret: { secretName: KMS_SECRET, items: [{ key: 'recovery.hcl', path: 'recovery.hcl' }] } },
      ],
    });
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
