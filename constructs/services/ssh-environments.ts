import type { PodPeer } from '../network/peer';

/** Labels of every environment's pod. */
export const ENVIRONMENTS = { 'app.kubernetes.io/name': 'devenv', 'app.kubernetes.io/component': 'environment' };

/** An environment as whoever signs certificates for it sees it. */
export interface SshEnvironment {
  /** Its SSH principal. */
  readonly name: string;
  /** Whether `ssh -A` hands its user's own keys on. */
  readonly agentForwarding: boolean;
  readonly peer: Pick<PodPeer, 'namespace'>;
  /** Lets holders of a certificate for `principal` log in. */
  addPrincipal(principal: string): void;
}

/** Environments as whoever certifies their host keys sees them. */
export interface SshEnvironmentSet {
  readonly namespace: string;
  /** @internal The Secrets that host certificates are delivered in, empty until someone fills them. */
  makeHostSecrets(): string[];
}
