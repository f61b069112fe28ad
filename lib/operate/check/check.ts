import { isOlder, TESTED } from '../../config/versions';
import { dnsOf } from '../cluster/dns';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { kindOf } from '../cluster/names';
import { inTheWay, mendOf, wordsOf } from '../platform/in-the-way';
import type { Part } from '../platform/project';
import type { Selection } from '../platform/selection';
import { bad, type Finding, good } from './finding';
import { imagesOf, pull } from './images';
import { dnsFinding, podSecurityFinding, policyFinding, startPods } from './network';
import { roomFinding } from './room';
import { storageFindings } from './storage';
import { toolFindings } from './tools';
import { LIMITS, type Limits, Trial } from './trial';

export interface CheckArguments {
  /** What would deploy. @default 'terraform' */
  readonly by?: string;
  /** @default LIMITS */
  readonly limits?: Limits;
}

/** Looks whether this machine and a cluster can carry a platform. Makes a namespace for a few minutes, with pods. */
export async function check(
  kubectl: Kubectl,
  selection: Pick<Selection, 'parts' | 'objects' | 'releasePrefix'>,
  { by = 'terraform', limits = LIMITS }: CheckArguments = {},
): Promise<Finding[]> {
  const { parts, objects } = selection;
  const { version, finding } = await clusterOf(kubectl);
  const tools = await toolFindings({ by, cluster: finding.ok ? version : undefined });
  if (!finding.ok) return [...tools, finding];
  const [rights, names, room, tried] = await Promise.all([
    rightsTo(kubectl, parts),
    namesFree(kubectl, selection),
    roomFinding(kubectl, objects),
    Trial.with(kubectl, limits, (trial) => triedIn(trial, objects)),
  ]);
  return [...tools, finding, rights, names, room, ...tried];
}

/** What only pods can tell. */
async function triedIn(trial: Trial, objects: readonly KubeObject[]): Promise<Finding[]> {
  const { there, findings } = await pull(trial, imagesOf(objects));
  const image = await startPods(trial, there);
  const dns = dnsOf(objects);
  const network = image
    ? [await dnsFinding(trial, dns), await policyFinding(trial)]
    : ['DNS', 'network policies'].map((what) =>
        bad(
          what,
          'is not tried: no image of the platform can be had and has a shell',
          'mend the images, and check again',
        ),
      );
  const storage = await storageFindings(trial, objects, image);
  return [...findings, ...network, ...storage, await podSecurityFinding(trial)];
}

async function clusterOf(kubectl: Kubectl): Promise<{ version?: string; finding: Finding }> {
  const what = 'cluster';
  try {
    const { gitVersion } = JSON.parse(await kubectl.answer(['version', '--output', 'json'])).serverVersion;
    const finding = isOlder(TESTED.kubernetes, gitVersion)
      ? bad(what, `Kubernetes ${gitVersion}`, `take a cluster of Kubernetes ${TESTED.kubernetes.oldest} or later`)
      : good(what, `Kubernetes ${gitVersion} answers`);
    return { version: gitVersion, finding };
  } catch (error) {
    return { finding: bad(what, (error as Error).message, 'see that KUBECONFIG names a cluster that runs') };
  }
}

/** Whether this login may make every kind of object that the platform has, wherever that is. */
async function rightsTo(kubectl: Kubectl, parts: readonly Part[]): Promise<Finding> {
  const kinds = new Map<string, KubeObject>();
  for (const object of parts.flatMap(({ objects }) => objects))
    kinds.set(`${object.apiVersion} ${object.kind}`, object);
  const asked = [...kinds.values()].map(async (object) => {
    const { kind, metadata } = object;
    const where = metadata.namespace ? ['--namespace', metadata.namespace] : [];
    const { stdout } = await kubectl.run(['auth', 'can-i', 'create', kindOf(object), ...where]);
    return String(stdout).trim() === 'no' ? kind : undefined;
  });
  const refused = (await Promise.all(asked)).filter((kind) => kind !== undefined);
  if (refused.length === 0) return good('rights', `this login may make all ${kinds.size} kinds of objects`);
  return bad(
    'rights',
    `this login may not make ${refused.join(', ')}`,
    'log in as who may, such as a member of cluster-admin',
  );
}

async function namesFree(kubectl: Kubectl, selection: Pick<Selection, 'objects' | 'releasePrefix'>): Promise<Finding> {
  const found = await inTheWay(kubectl, selection);
  return found.length > 0
    ? bad('names', wordsOf(found), mendOf(found))
    : good('names', "nothing of somebody else's is in the way");
}
