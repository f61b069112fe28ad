import { Kubectl, type KubeObject, type Which } from '../../lib/operate/cluster/kubectl';
import type { Ended } from '../../lib/operate/run';

/** How a cluster is that a check looks at; without any of these it is fit. */
export interface Unfit {
  readonly version?: string;
  /** Why it does not answer. */
  readonly silent?: string;
  /** Directions in which policies count. @default both */
  readonly enforces?: readonly string[];
  /** Whether a policy breaks every other connection as well. */
  readonly breaks?: boolean;
  /** Whether no pod reaches another. */
  readonly apart?: boolean;
  /** Images that no node gets. */
  readonly nowhere?: RegExp;
  /** Images that have no shell. */
  readonly bare?: RegExp;
  readonly resolves?: boolean;
  readonly classes?: readonly KubeObject[];
  /** What becomes of a volume. */
  readonly volume?: 'unbound' | 'unmounted' | 'read-only' | 'left';
  readonly podSecurity?: boolean;
  readonly mayMake?: (kind: string) => boolean;
  readonly nodes?: readonly KubeObject[];
  readonly others?: readonly KubeObject[];
  readonly secrets?: readonly KubeObject[];
  /** What stands by names of the platform's objects, without its label. */
  readonly standing?: readonly KubeObject[];
  /** Namespaces of checks before. */
  readonly left?: readonly KubeObject[];
}

const READY = [{ type: 'Ready', status: 'True' }];
const DEFAULT = { 'storageclass.kubernetes.io/is-default-class': 'true' };

export const node = (allocatable: object = {}, spec: object = {}): KubeObject => ({
  metadata: { name: 'node-1', labels: {} },
  spec,
  status: { conditions: READY, allocatable: { cpu: '8', memory: '32Gi', pods: '110', ...allocatable } },
});
export const storageClass = (name: string, more: object = {}): KubeObject => ({
  metadata: { name, annotations: DEFAULT },
  provisioner: 'example.com/disk',
  ...more,
});

/** A cluster that takes what a check tries out, and answers as it is said to. */
export class FitCluster extends Kubectl {
  readonly pods = new Map<string, KubeObject>();
  readonly policies: KubeObject[] = [];
  readonly applied: KubeObject[] = [];
  /** What is deleted and patched, as kubectl is told. */
  readonly told: string[] = [];

  constructor(private readonly is: Unfit = {}) {
    super();
  }

  override answer: Kubectl['answer'] = async (args, { input } = {}) => {
    if (args[0] === 'version') {
      if (this.is.silent) throw new Error(this.is.silent);
      return JSON.stringify({ serverVersion: { gitVersion: this.is.version ?? 'v1.34.1' } });
    }
    if (args[0] === 'create') return JSON.stringify({ metadata: { name: 'sandboxctl-check-x7' } });
    if (args[0] === 'get') return this.rows(args[1]);
    for (const item of JSON.parse(String(input)).items) this.take(item);
    return '';
  };

  override list: Kubectl['list'] = async (kinds: string, { namespace }: Which = {}) => {
    const { classes = [storageClass('standard')], nodes = [node()], others = [], left = [] } = this.is;
    if (kinds === 'pods') return namespace ? [...this.pods.values()] : [...others];
    if (kinds === 'events' && this.is.volume)
      return [
        {
          type: 'Warning',
          message: 'no disks left',
          involvedObject: { uid: this.is.volume === 'unbound' ? 'claim' : 'volume-0' },
          metadata: {},
        },
      ];
    const all: Record<string, readonly KubeObject[]> = { storageclasses: classes, nodes, namespaces: left };
    return [...(all[kinds] ?? [])];
  };

  override find: Kubectl['find'] = async (kind, name) => {
    const { volume, secrets = [], standing = [] } = this.is;
    const found = standing.find((one) => one.kind.toLowerCase() === kind && one.metadata.name === name);
    if (found) return found;
    if (kind === 'secret') return secrets.find(({ metadata }) => metadata.name === name);
    if (kind === 'persistentvolumeclaim')
      return { metadata: { uid: 'claim' }, spec: volume === 'unbound' ? {} : { volumeName: 'pv-1' } };
    return volume === 'left' ? { metadata: { name } } : undefined;
  };

  override run: Kubectl['run'] = async (args, { input } = {}) => {
    const ended = (exitCode: number, stdout = ''): Ended => ({ exitCode, stdout, stderr: '' }) as Ended;
    if (args[0] === 'auth') return ended(0, this.is.mayMake?.(args[3]) === false ? 'no' : 'yes');
    if (args[0] === 'apply')
      return ended((this.is.podSecurity ?? true) && String(input).includes('privileged') ? 1 : 0);
    if (args[0] === 'exec') return ended(this.exec(args[3], args.at(-1) ?? '') ? 0 : 1);
    this.told.push(args.join(' '));
    if (args.includes('--all')) this.pods.clear();
    return ended(0);
  };

  /** Objects of kinds as a table. */
  private rows(kinds: string): string {
    const { standing = [] } = this.is;
    const names = standing.map(({ kind, metadata }) => [kind.toLowerCase(), metadata.name]);
    return names
      .flatMap(([kind, name]) => (kinds.split(',').includes(kind) ? [`${kind}/${name}   3d\n`] : []))
      .join('');
  }

  private take(object: KubeObject): void {
    this.applied.push(object);
    if (object.kind === 'NetworkPolicy') this.policies.push(object);
    if (object.kind !== 'Pod') return;
    const { nowhere = /^$/, bare = /^$/, volume } = this.is;
    const { name } = object.metadata;
    const [{ image, command }] = object.spec.containers;
    const refused = nowhere.test(image);
    const ended = command[0] !== 'true' && bare.test(image);
    const isLate = volume === 'unmounted' && name.startsWith('volume');
    const state = refused ? { waiting: { reason: 'ErrImagePull', message: 'no such image' } } : { running: {} };
    this.pods.set(name, {
      ...object,
      metadata: { ...object.metadata, uid: name },
      spec: { ...object.spec, nodeName: name.startsWith('cl') ? 'node-2' : 'node-1' },
      status: {
        phase: ended ? 'Failed' : 'Running',
        podIP: name,
        conditions: refused || isLate ? [] : READY,
        containerStatuses: [{ image, imageID: refused ? '' : 'sha256:0', state }],
      },
    });
  }

  private exec(pod: string, script: string): boolean {
    if (script.includes('getent')) return this.is.resolves ?? true;
    if (script.includes('/volume/')) return this.is.volume !== 'read-only';
    const to = [...this.pods.keys()].find((name) => script.includes(`"${name}"`)) ?? '';
    return !this.is.apart && !this.isDenied(pod, to);
  }

  private isDenied(from: string, to: string): boolean {
    const { enforces = ['Ingress', 'Egress'], breaks = false } = this.is;
    return this.policies.some(({ spec: { podSelector, policyTypes } }) => {
      const { app } = podSelector.matchLabels;
      const counts = policyTypes.some((type: string) => enforces.includes(type));
      return breaks || (counts && app === (policyTypes.includes('Ingress') ? to : from));
    });
  }
}
