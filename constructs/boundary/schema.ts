import { Construct } from 'constructs';
import type { k8s } from '../core/k8s';
import { resources } from '../core/resources';
import { digest, mirrored } from '../core/settings';
import { Bootstrap } from '../services/bootstrap';
import type { Database } from '../services/postgres';
import { DATABASE_PATH } from './config';
import type { BoundaryKeys } from './keys';

/** Brings a database to the schema of an image of Boundary, exactly once, and says so in a ConfigMap that controllers wait for. */
export class BoundarySchema extends Construct {
  readonly configMap: string;

  constructor(
    scope: Construct,
    id: string,
    props: { namespace: string; image: string; database: Database; keys: BoundaryKeys },
  ) {
    super(scope, id);
    const { namespace, database, keys } = props;
    const image = mirrored(this, props.image);
    const [kms, url] = [keys.attach('schema'), database.attach(DATABASE_PATH)];
    this.configMap = `boundary-schema-${digest([image, database.address])}`;
    const mounts: k8s.VolumeMount[] = [...kms.mounts, ...url.mounts, { name: 'tmp', mountPath: '/tmp' }];
    const bootstrap = new Bootstrap(this, 'bootstrap', {
      namespace,
      name: 'boundary-schema',
      program: 'boundary-schema',
      run: 'once',
      serviceAccountAnnotations: keys.serviceAccountAnnotations,
      podLabels: keys.podLabels,
      steps: ['check'],
      before: [
        {
          name: 'schema',
          image,
          command: ['/bin/sh', '-c', script(kms.configs)],
          env: [{ name: 'HOME', value: '/tmp' }, ...kms.env, ...url.env],
          resources: resources(['50m', '128Mi'], ['1', '512Mi']),
          volumeMounts: mounts,
        },
      ],
      volumes: [...kms.volumes, ...url.volumes],
    });
    bootstrap.configure({ namespace, configMap: this.configMap, image });
    bootstrap.grantAccess({ namespace, resource: 'configmaps', names: [this.configMap] });
    database.allowFrom(bootstrap.peer);
    keys.allowFrom(bootstrap.peer, 'schema');
  }
}

/** What Boundary would make to show itself: an administrator, targets that lead nowhere, and a view of all targets for everyone. */
const NOTHING_INITIAL = [
  'initial-login-role',
  'initial-authenticated-user-role',
  'auth-method',
  'scopes',
  'host-resources',
  'target',
].map((what) => `-skip-${what}-creation`);

/** Boundary itself takes a lock, so that two at once do no harm; a fresh database is initialised, another one migrated. */
const script = (configs: readonly string[]): string => `set -u
if [ -e /tmp/done ]; then exit 0; fi
config='${configs.map((file) => `-config=${file}`).join(' ')}'
tries=0
while [ "$tries" -lt 150 ]; do
  tries=$((tries + 1))
  output=$(boundary database init $config ${NOTHING_INITIAL.join(' ')} 2>&1) && made=yes || made=
  # It calls that a success, too, whatever version the database is of.
  case $output in
    *"already been initialized"*) output=$(boundary database migrate $config 2>&1) && made=yes || made= ;;
  esac
  # Most often there is nothing to migrate; where there is, the controllers refuse to start and say so.
  case $output in
    *"creating dynamic host plugin"*)
      echo "nothing is migrated: Boundary's migration cannot run its plugin here"
      exit 0 ;;
  esac
  if [ "$made" ]; then
    echo "the database has the schema of this version"
    exit 0
  fi
  # It names a database that it cannot reach by the whole URL, password included.
  case $output in
    *://*@*) said="\${output%%://*}://...@\${output##*@}" ;;
    *) said=$output ;;
  esac
  [ "$tries" -gt 1 ] || echo "waiting: $said"
  sleep 2
done
echo "no schema within five minutes: $said"
exit 1
`;
