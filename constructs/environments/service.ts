import { Construct } from 'constructs';
import { type Identity, metadataOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { port } from '../core/pod';
import { ENVIRONMENTS } from '../services/ssh-environments';
import { SSH_PORT, WEB_PORT } from './sshd';

/** The headless Service that gives every environment's pod its DNS name, such as `devenv-0.devenv.devenv.svc`. */
export class EnvironmentService extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: { namespace: string; name: string }) {
    super(scope, id);
    this.name = props.name;
    const identity: Identity = { name: 'devenv', instance: props.name, component: 'environment' };
    new k8s.KubeService(this, 'headless', {
      metadata: metadataOf(this, identity, props.name, props.namespace),
      spec: {
        clusterIp: 'None',
        publishNotReadyAddresses: true,
        selector: ENVIRONMENTS,
        ports: [
          { name: 'ssh', port: SSH_PORT, targetPort: port(SSH_PORT) },
          { name: 'http', port: WEB_PORT, targetPort: port(WEB_PORT) },
        ],
      },
    });
  }
}
