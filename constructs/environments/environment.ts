import { Construct } from 'constructs';
import { type Identity, metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { port } from '../core/pod';
import type { Exposure } from '../network/exposure';
import { allow, type Peer, type PodPeer } from '../network/peer';
import type { SecretConsumer } from '../secrets/consumer';
import type { SecretDelivery } from '../secrets/delivery';
import type { SshEnvironment } from '../services/ssh-environments';
import { SSH_PORT, WEB_PORT } from './sshd';

/** A set as each of its environments sees it. */
interface EnvironmentSet {
  readonly namespace: string;
  readonly agentForwarding: boolean;
  readonly secretDelivery?: SecretDelivery;
  /** @internal An environment's own Secret. */
  mountOwnSecret(environment: string, secretName: string, files?: Readonly<Record<string, string>>): void;
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

/** One development environment: one pod, whichever set it belongs to. What a user's is granted, it has alone. */
export class Environment extends Construct implements SshEnvironment, SecretConsumer {
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

  get namespace(): string {
    return this.props.set.namespace;
  }

  /** Brings granted secrets, those of its set as well. */
  get secretDelivery(): SecretDelivery | undefined {
    return this.props.set.secretDelivery;
  }

  /** What it is granted reaches it alone, by a login of its own. */
  get secretOwner(): string {
    return this.name;
  }

  /**
   * Shows the keys of a Secret among its own secrets, where there is one: over those of its set.
   *
   * @throws if it is one of equal environments, whose pods mount the same, or all environments mount the Secret
   */
  mountSecret(secretName: string, files?: Readonly<Record<string, string>>): void {
    this.props.set.mountOwnSecret(this.name, secretName, files);
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
