import { Construct } from 'constructs';
import { type Identity, metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { port } from '../core/pod';
import type { Exposure } from '../network/exposure';
import { allow, type Peer, type PodPeer } from '../network/peer';
import type { SshEnvironment } from '../services/ssh-environments';
import { SSH_PORT, WEB_PORT } from './sshd';

/** A set as each of its environments sees it. */
interface EnvironmentSet {
  readonly namespace: string;
  readonly agentForwarding: boolean;
  /** @internal An environment's line of sshd's principals. */
  addPrincipal(pod: string, principal: string): void;
}

interface EnvironmentProps {
  readonly set: EnvironmentSet;
  readonly identity: Identity;
  readonly pod: string;
  readonly name: string;
  readonly user?: string;
}

/** One development environment: one pod, whichever set it belongs to. */
export class Environment extends Construct implements SshEnvironment {
  /** Name of its Service and of its SSH principal, such as `devenv-0` or `devenv-alice`. */
  readonly name: string;
  /** The user it belongs to, where it belongs to one. */
  readonly user?: string;
  readonly peer: PodPeer;
  /** Host name of its Service, in whatever domain the cluster has. */
  readonly host: string;
  private readonly props: EnvironmentProps;

  constructor(scope: Construct, id: string, props: EnvironmentProps) {
    super(scope, id);
    const { set, identity, pod, name } = props;
    this.props = props;
    this.name = name;
    this.user = props.user;
    this.host = `${name}.${set.namespace}.svc`;
    const podLabels = { ...selectorOf(identity), 'statefulset.kubernetes.io/pod-name': pod };
    this.peer = { scope: this, name, namespace: set.namespace, identity, podLabels };
    new k8s.KubeService(this, 'service', {
      metadata: metadataOf(this, identity, name, set.namespace),
      spec: {
        selector: podLabels,
        ports: [
          { name: 'ssh', port: 22, targetPort: port(SSH_PORT) },
          { name: 'http', port: WEB_PORT, targetPort: port(WEB_PORT) },
        ],
      },
    });
  }

  /** Whether `ssh -A` hands its user's own keys on. */
  get agentForwarding(): boolean {
    return this.props.set.agentForwarding;
  }

  /** Lets a peer reach sshd. Says nothing about whom sshd lets in. */
  allowSshFrom(peer: Peer): void {
    allow(peer, this.peer, [{ port: SSH_PORT }]);
  }

  /** URL of its web server, for what may reach it. */
  get webUrl(): string {
    return `http://${this.host}:${WEB_PORT}`;
  }

  /** Lets a peer reach its web server. */
  allowWebFrom(peer: Peer): void {
    allow(peer, this.peer, [{ port: WEB_PORT }]);
  }

  /** Shows its web server to the outside as it is: whoever reaches the address gets in. */
  exposeWeb(exposure: Exposure): void {
    exposure.expose({
      pods: this.peer,
      name: `${this.name}-web`,
      port: WEB_PORT,
      targetPort: WEB_PORT,
      protocol: 'http',
      serviceName: this.name,
    });
  }

  /** Lets holders of a certificate for `principal` log in. */
  addPrincipal(principal: string): void {
    this.props.set.addPrincipal(this.props.pod, principal);
  }
}
