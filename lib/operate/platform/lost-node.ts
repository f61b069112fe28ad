import type { ListrTask } from 'listr2';
import { claimsOnlyOn } from '../cluster/disks';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { OURS } from '../cluster/labels';
import { shortNameOf } from '../cluster/names';
import { isGivenUp, OUT_OF_SERVICE } from '../cluster/nodes';
import { unschedulable, usesClaim } from '../cluster/pods';
import { type Late, lateOf, look } from '../cluster/readiness';
import { Failure } from '../failure';
import { runTasks, type TaskEnd, tellWaiting, type Waiting } from '../tasks';
import { until } from '../until';

/** Looks that have to agree: counts of what is Ready may be those of before, and volumes may be on their way. */
const LOOKS = { ready: 2, waiting: 5 };

const readiness = ({ status }: KubeObject): KubeObject =>
  (status.conditions ?? []).find(({ type }: KubeObject) => type === 'Ready') ?? { status: 'Unknown' };
const usesOneOf = (pod: KubeObject, claims: readonly KubeObject[]): boolean =>
  claims.some((claim) => usesClaim(pod, claim));

/** What became of a node's pods and volumes. */
export interface GivenUp {
  readonly steps: readonly TaskEnd[];
  /** Claims whose files are gone with its disks. */
  readonly gone: readonly string[];
  /** Pods that no other node has room for, and why. */
  readonly waiting: Late;
}

/** A node that does not answer, and what of the platform is out of reach with it. */
export class LostNode {
  private constructor(
    private readonly kubectl: Kubectl,
    private readonly name: string,
    private readonly pods: readonly KubeObject[],
    private readonly claims: readonly KubeObject[],
  ) {}

  /** @throws Failure - where it is none, answers, or leaves no other */
  static async of(kubectl: Kubectl, name: string): Promise<LostNode> {
    const [nodes, volumes, all, namespaces, pods] = await Promise.all([
      kubectl.list('nodes'),
      kubectl.list('persistentvolumes'),
      kubectl.list('persistentvolumeclaims'),
      kubectl.list('namespaces', { selector: OURS }),
      kubectl.list('pods', { selector: OURS, fields: `spec.nodeName=${name}` }),
    ]);
    const node = nodeOf(nodes, name);
    expectLost(node);
    expectOther(nodes, name);
    const own = namespaces.map(({ metadata }) => metadata.name);
    const claims = all.filter(({ metadata }) => own.includes(metadata.namespace));
    return new LostNode(kubectl, name, pods, claimsOnlyOn(node, { claims, volumes, nodes }));
  }

  /** Takes back that a node is given up, once it answers. @returns whether it was given up */
  static async back(kubectl: Kubectl, name: string): Promise<boolean> {
    const node = nodeOf(await kubectl.list('nodes'), name);
    if (!isGivenUp(node)) return false;
    if (readiness(node).status !== 'True')
      throw new Failure(`node ${name} is not Ready: its pods would be bound to it again, and wait for it`);
    await kubectl.answer(['taint', 'node', name, `${OUT_OF_SERVICE}-`]);
    return true;
  }

  private get gone(): string[] {
    return this.claims.map(shortNameOf).sort();
  }

  /** What giving it up means: a sentence for who is asked. */
  said(deletesVolumes: boolean): string {
    const pods = this.pods.map(shortNameOf).sort().join(', ');
    const then = deletesVolumes ? 'they are deleted, and begin anew, empty' : 'pods that use them go on waiting';
    return [
      `node ${this.name} counts as gone for good, so see that it is switched off: were it only cut off, two would write to the same files`,
      pods ? `elsewhere start ${pods}` : 'nothing of the platform is on it any more',
      ...(this.claims.length > 0 ? [`on its own disks were the claims ${this.gone.join(', ')}: ${then}`] : []),
    ].join('; ');
  }

  /** Gives it up, and waits until what ran there is Ready elsewhere, as far as the other nodes have room. */
  async giveUp(deletesVolumes: boolean, { timeoutSec, json }: Waiting): Promise<GivenUp> {
    const ends: TaskEnd[] = [];
    let waiting: Late = [];
    const step = async (title: string, task: ListrTask['task']) =>
      void ends.push(...(await runTasks([{ title, task }], { json })));
    await step(`node ${this.name} is given up`, () => this.release(timeoutSec));
    const begins = deletesVolumes && this.claims.length > 0;
    if (begins) await step('claims on its disks are deleted', () => this.deleteClaims(timeoutSec));
    await step('what ran there is Ready elsewhere', async (_, task) => {
      waiting = await this.untilBack(!begins, timeoutSec, task);
    });
    return { steps: ends, gone: this.gone, waiting };
  }

  private async release(timeoutSec: number): Promise<void> {
    await this.kubectl.answer(['taint', 'node', this.name, '--overwrite', `${OUT_OF_SERVICE}=nodeshutdown:NoExecute`]);
    await until(`pods of node ${this.name} are ended`, timeoutSec, async () => {
      const left = await this.kubectl.list('pods', { selector: OURS, fields: `spec.nodeName=${this.name}` });
      return left.every(({ status }) => /^(Succeeded|Failed)$/.test(status.phase));
    });
  }

  private async deleteClaims(timeoutSec: number): Promise<void> {
    for (const { metadata } of this.claims) {
      const which = [metadata.name, '--namespace', metadata.namespace, '--ignore-not-found', '--wait=false'];
      await this.kubectl.answer(['delete', 'persistentvolumeclaim', ...which]);
    }
    await until('claims go', timeoutSec, async () => {
      const uids = (await this.kubectl.list('persistentvolumeclaims')).map(({ metadata }) => metadata.uid);
      return !this.claims.some(({ metadata }) => uids.includes(metadata.uid));
    });
    // Made while the claims went, they wait for ones that nobody makes.
    const waiting = (await this.kubectl.list('pods', { selector: OURS })).filter(
      (pod) => !pod.spec.nodeName && usesOneOf(pod, this.claims),
    );
    await this.kubectl.deleteAll(waiting, timeoutSec);
  }

  /**
   * @param isWithout whether what uses claims that are gone cannot be there
   * @returns what no node has room for
   */
  private async untilBack(isWithout: boolean, timeoutSec: number, task: { output: string }): Promise<Late> {
    let late: Late = [];
    let agreeing = 0;
    const said = () => `not within ${timeoutSec} s: ${late.join('; ')}`;
    return until(said, timeoutSec, async () => {
      const seen = await look(this.kubectl);
      const of = (pods: readonly KubeObject[]) => (line: string) =>
        pods.some(({ metadata }) => line.startsWith(`${metadata.name}: `));
      const isLeft = of(isWithout ? seen.pods.filter((pod) => usesOneOf(pod, this.claims)) : []);
      const sets = seen.workloads.filter(({ kind }) => kind !== 'Job');
      const now = lateOf(sets, seen).filter((line) => !isLeft(line));
      tellWaiting(task, now, late);
      agreeing = now.join() === late.join() ? agreeing + 1 : 1;
      late = now;
      if (!now.every(of(seen.pods.filter(unschedulable)))) return undefined;
      return agreeing >= (now.length === 0 ? LOOKS.ready : LOOKS.waiting) ? now : undefined;
    });
  }
}

function nodeOf(nodes: readonly KubeObject[], name: string): KubeObject {
  const node = nodes.find(({ metadata }) => metadata.name === name);
  if (node) return node;
  const names = nodes.map(({ metadata }) => metadata.name).join(', ');
  throw new Failure(`there is no node "${name}"; there are ${names}`);
}

/** @throws Failure - where no other one answers: what is deleted would begin anew nowhere */
function expectOther(nodes: readonly KubeObject[], name: string): void {
  if (nodes.length === 1) throw new Failure(`${name} is the only node: there is none that its pods could go to`);
  const others = nodes.filter((node) => node.metadata.name !== name);
  if (others.some((node) => readiness(node).status === 'True' && !isGivenUp(node))) return;
  const names = others.map(({ metadata }) => metadata.name).join(', ');
  throw new Failure(
    `of the other nodes (${names}) none is Ready: there is none that its pods could go to; nothing is changed`,
  );
}

/** @throws Failure - where a kubelet answers, whose containers may run */
function expectLost(node: KubeObject): void {
  const { name } = node.metadata;
  const { status, message = 'it says no more' } = readiness(node);
  if (status === 'True')
    throw new Failure(
      `node ${name} answers, and what runs there writes to its files: kubectl drain ${name} --ignore-daemonsets --delete-emptydir-data moves it; nothing is changed`,
    );
  if (status === 'False')
    throw new Failure(
      `node ${name} answers that it is not Ready (${message}), and what runs there may write to its files: switch the machine off, and run the same again once it does not answer; nothing is changed`,
    );
}
