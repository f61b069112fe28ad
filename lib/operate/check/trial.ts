import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { isReady } from '../cluster/pods';
import { withBorrowed } from '../interruption';
import { within } from '../until';

const NAME = 'sandboxctl-check';
const LABEL = 'agent-sandbox.dev/check';
/** After which a namespace is of a check that was killed. */
const LEFT_MS = 30 * 60_000;

/** Seconds that things may take which are tried out. */
export interface Limits {
  readonly pull: number;
  readonly start: number;
  readonly name: number;
  /** Until a policy counts on every node. */
  readonly policy: number;
  readonly volume: number;
}
export const LIMITS: Limits = { pull: 300, start: 60, name: 15, policy: 30, volume: 180 };

/** What the Pod Security Standard `restricted` asks of a container. */
export const RESTRICTED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  runAsUser: 1000,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** An image, and who may pull it. */
export interface Image {
  readonly image: string;
  readonly imagePullPolicy?: string;
  /** References to Secrets. */
  readonly pullSecrets: readonly KubeObject[];
}

interface PodOptions extends Image {
  readonly command: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly privileged?: boolean;
  /** Claim that is mounted at `/volume`. */
  readonly claim?: string;
  /** More of its spec. */
  readonly spec?: object;
}

/** A namespace of its own in which things are tried out. */
export class Trial {
  private constructor(
    readonly kubectl: Kubectl,
    readonly namespace: string,
    readonly limits: Limits,
  ) {}

  /** Makes one, lets `use` try things out in it, and removes it in any case, also for whom interrupts this. */
  static async with<T>(kubectl: Kubectl, limits: Limits, use: (trial: Trial) => Promise<T>): Promise<T> {
    let made: string | undefined;
    const work = async () => {
      await removeLeft(kubectl);
      const input = JSON.stringify(NAMESPACE);
      const answer = await kubectl.answer(['create', '--output', 'json', '--filename', '-'], { input });
      const namespace: string = JSON.parse(answer).metadata.name;
      made = namespace;
      return use(new Trial(kubectl, namespace, limits));
    };
    return withBorrowed(work, async () => {
      if (made) await kubectl.run(['delete', 'namespace', made, '--ignore-not-found', '--wait=false']);
    });
  }

  /** A pod that ends when its program does. */
  pod(name: string, options: PodOptions): KubeObject {
    const { image, imagePullPolicy, pullSecrets, command, labels, privileged, claim, spec } = options;
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: this.namespace, labels: { app: name, ...labels } },
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 1,
        restartPolicy: 'Never',
        imagePullSecrets: pullSecrets,
        securityContext: { fsGroup: 1000 },
        containers: [
          {
            name: 'trial',
            image,
            imagePullPolicy,
            command,
            securityContext: privileged ? { privileged } : RESTRICTED,
            ...(claim && { volumeMounts: [{ name: 'volume', mountPath: '/volume' }] }),
          },
        ],
        ...(claim && { volumes: [{ name: 'volume', persistentVolumeClaim: { claimName: claim } }] }),
        ...spec,
      },
    };
  }

  apply = (...items: readonly KubeObject[]): Promise<string> =>
    this.kubectl.answer(['apply', '--server-side', '--filename', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    });

  pods = (): Promise<KubeObject[]> => this.kubectl.list('pods', { namespace: this.namespace });

  /** Whether these pods run, in time; not, once one has ended. */
  async run(names: readonly string[], seconds = this.limits.start): Promise<boolean> {
    const ran = await within(seconds, async () => {
      const pods = (await this.pods()).filter(({ metadata }) => names.includes(metadata.name));
      if (pods.some(({ status }) => /^(Failed|Succeeded)$/.test(status.phase))) return 'ended';
      return pods.length === names.length && pods.every(isReady) ? 'run' : undefined;
    });
    return ran === 'run';
  }

  /** Runs a script in a pod. @returns its exit status */
  async shell(pod: string, script: string): Promise<number> {
    const args = ['exec', '--namespace', this.namespace, pod, '--', 'sh', '-c', script];
    return (await this.kubectl.run(args)).exitCode ?? -1;
  }

  delete = (...what: string[]): Promise<unknown> =>
    this.kubectl.run(['delete', '--namespace', this.namespace, '--ignore-not-found', '--wait=false', ...what]);
}

const NAMESPACE = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    generateName: `${NAME}-`,
    labels: { [LABEL]: 'true', 'pod-security.kubernetes.io/enforce': 'restricted' },
  },
};

/** Removes what checks left that were killed. */
async function removeLeft(kubectl: Kubectl): Promise<void> {
  const all = await kubectl.list('namespaces', { selector: LABEL });
  const left = all.filter(({ metadata }) => Date.now() - Date.parse(metadata.creationTimestamp) > LEFT_MS);
  if (left.length === 0) return;
  const names = left.map(({ metadata }) => metadata.name as string);
  await kubectl.run(['delete', 'namespace', ...names, '--ignore-not-found', '--wait=false']);
}
