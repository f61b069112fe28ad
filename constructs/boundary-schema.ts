import { Construct } from 'constructs';
import { Bootstrap } from './bootstrap';
import { KMS_SECRET } from './boundary-kms';
import type { k8s } from './k8s';
import { resources } from './pod';
import type { Postgres } from './postgres';
import { digest, mirrored } from './settings';

/** Brings Boundary's database to the schema of an image, exactly once, and says so in a ConfigMap that controllers wait for. */
export class BoundarySchema extends Construct {
  readonly configMap: string;

  constructor(scope: Construct, id: string, props: { namespace: string; image: string; database: Postgres }) {
    super(scope, id);
    const { namespace, image, database } = props;
    this.configMap = `boundary-schema-${digest(mirrored(this, image))}`;
    const mounts: k8s.VolumeMount[] = [
      { name: 'kms', mountPath: '/etc/boundary/kms', readOnly: true },
      { name: 'database', mountPath: '/etc/boundary/database', readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ];
    const bootstrap = new Bootstrap(this, 'bootstrap', {
      namespace,
      name: 'boundary-schema',
      program: 'boundary-schema',
      run: 'once',
      steps: ['check'],
      before: [
        {
          name: 'schema',
          image,
          command: ['/bin/sh', '-c', SCRIPT],
          env: [{ name: 'HOME', value: '/tmp' }],
          resources: resources(['50m', '128Mi'], ['1', '512Mi']),
          volumeMounts: mounts,
        },
      ],
      volumes: [
        { name: 'kms', secret: { secretName: KMS_SECRET, items: [{ key: 'schema.hcl', path: 'schema.hcl' }] } },
        { name: 'database', secret: { secretName: database.secretName, items: [{ key: 'url', path: 'url' }] } },
      ],
    });
    bootstrap.configure({ namespace, configMap: this.configMap, image });
    bootstrap.grantAccess({ namespace, resource: 'configmaps', names: [this.configMap] });
    database.allowFrom(bootstrap.peer);
  }
}

/** Boundary itself takes a lock, so that two at once do no harm; a fresh database is initialised, another one migrated. */
const SCRIPT = `set -u
if [ -e /tmp/done ]; then exit 0; fi
config=/etc/boundary/kms/schema.hcl
tries=0
while [ "$tries" -lt 150 ]; do
  tries=$((tries + 1))
  if output=$(boundary database init -config="$config" -skip-initial-login-role-creation 2>&1); then
    echo "database initialised"
    exit 0
  fi
  case $output in
    *"already been initialized"*)
      exec boundary database migrate -config="$config" ;;
  esac
  [ "$tries" -gt 1 ] || echo "waiting: $output"
  sleep 2
done
echo "no schema within five minutes: $output"
exit 1
`;
