import { isOlder, TESTED } from '../../config/versions';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { type Probe, withProbe } from '../cluster/probe';
import { isDefault, makeDefault } from '../cluster/storage';
import { Failure } from '../failure';
import { lastLines, run } from '../run';
import { inTheWay, mendOf, wordsOf } from './in-the-way';
import type { Part } from './project';
import type { Selection } from './selection';

/** What was looked at, and what to do where it is not as it has to be. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** What was seen. */
  readonly seen: string;
  /** How it is mended, where it has to be. */
  readonly mend?: string;
}

/** What everybody who runs this has, and who also deploys by Terraform. */
const TOOLS = ['kubectl', 'terraform'];

const good = (what: string, seen: string): Finding => ({ what, ok: true, seen });
const bad = (what: string, seen: string, mend: string): Finding => ({ what, ok: false, seen, mend });

/** Looks whether a cluster can carry a platform. Makes a namespace for a minute, with two pods. */
export async function check(kubectl: Kubectl, { parts, objects, environmentImage }: Selection): Promise<Finding[]> {
  const reachable = await version(kubectl);
  const tools = await Promise.all(TOOLS.map(tool));
  if (!reachable.ok) return [...tools, reachable];
  const [rights, names, storage, probed] = await Promise.all([
    rightsTo(kubectl, parts),
    namesFree(kubectl, objects),
    storageClass(kubectl, parts),
    withProbe(kubectl, environmentImage, (probe) => probeFindings(probe)),
  ]);
  return [...tools, reachable, rights, names, storage, ...probed];
}

async function tool(name: string): Promise<Finding> {
  try {
    const args = name === 'kubectl' ? ['version', '--client'] : ['version'];
    return good(name, String((await run(name, args)).stdout).split('\n')[0]);
  } catch (error) {
    return bad(name, 'is not on PATH', (error as Failure).message);
  }
}

async function version(kubectl: Kubectl): Promise<Finding> {
  const what = 'cluster';
  try {
    const { gitVersion } = JSON.parse(await kubectl.answer(['version', '--output', 'json'])).serverVersion;
    return isOlder(TESTED.kubernetes, gitVersion)
      ? bad(what, `Kubernetes ${gitVersion}`, `take a cluster of Kubernetes ${TESTED.kubernetes.oldest} or later`)
      : good(what, `Kubernetes ${gitVersion} answers`);
  } catch (error) {
    return bad(what, (error as Error).message, 'see that KUBECONFIG names a cluster that runs');
  }
}

/** Whether this login may make every kind of object that the platform has, wherever that is. */
async function rightsTo(kubectl: Kubectl, parts: readonly Part[]): Promise<Finding> {
  const kinds = new Map<string, KubeObject>();
  for (const object of parts.flatMap(({ objects }) => objects))
    kinds.set(`${object.apiVersion} ${object.kind}`, object);
  const asked = [...kinds.values()].map(async ({ apiVersion, kind, metadata }) => {
    const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
    const where = metadata.namespace ? ['--namespace', metadata.namespace] : [];
    const { stdout } = await kubectl.run(['auth', 'can-i', 'create', `${kind.toLowerCase()}${group}`, ...where]);
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

async function namesFree(kubectl: Kubectl, objects: readonly KubeObject[]): Promise<Finding> {
  const found = await inTheWay(kubectl, objects);
  return found.length > 0
    ? bad('names', wordsOf(found), mendOf(found))
    : good('names', "nothing of somebody else's is in the way");
}

async function storageClass(kubectl: Kubectl, parts: readonly Part[]): Promise<Finding> {
  const what = 'storage';
  const wanted = new Set(
    parts
      .flatMap(({ objects }) => objects)
      .flatMap(({ spec }) =>
        (spec?.volumeClaimTemplates ?? []).map(
          (claim: KubeObject) => claim.spec.storageClassName as string | undefined,
        ),
      ),
  );
  const classes = await kubectl.list('storageclasses');
  const names = classes.map(({ metadata }) => metadata.name as string);
  const missing = [...wanted].filter((name) => name !== undefined && !names.includes(name));
  if (missing.length > 0)
    return bad(
      what,
      `there is no StorageClass ${missing.join(', ')}`,
      `name one of ${names.join(', ') || 'your own'} in storageClassName`,
    );
  const fallback = classes.find(isDefault);
  if (wanted.has(undefined) && !fallback)
    return bad(
      what,
      'no StorageClass is the default one',
      `mark one (${makeDefault(names[0])}), or name one in storageClassName`,
    );
  return good(what, `StorageClass ${fallback?.metadata.name ?? [...wanted].join(', ')}`);
}

/** What only pods can tell. */
async function probeFindings(probe: Probe): Promise<Finding[]> {
  if (probe.pull)
    return [
      bad(
        'images',
        `${probe.image} cannot be had: ${probe.pull}`,
        'push it to a registry that the nodes reach (images.registry), or load it into the nodes',
      ),
    ];
  const dns = await probe.resolves('kubernetes.default.svc');
  const [before, after] = await probe.isolated();
  const refused = await probe.refusesPrivileged();
  return [
    good('images', `${probe.image} runs`),
    dns
      ? good('DNS', 'names of Services are found')
      : bad('DNS', 'kubernetes.default.svc is not found', 'see that the pods of k8s-app=kube-dns in kube-system run'),
    !before
      ? bad('network', 'one pod does not reach another', "see that the cluster's network plugin runs on every node")
      : after
        ? bad(
            'network policies',
            'a denied connection went through: nothing keeps environments apart',
            'take a network plugin that enforces NetworkPolicies, such as Calico or Cilium (kind from 0.24 on has one)',
          )
        : good('network policies', 'an allowed connection went through, a denied one did not'),
    refused
      ? good('Pod Security', 'a privileged pod is refused where it has to be')
      : bad(
          'Pod Security',
          'a privileged pod is let into a namespace that is "restricted"',
          'enable the admission plugin PodSecurity',
        ),
  ];
}

/** What is not as it has to be, for the end of a run. @throws Failure */
export function expectGood(findings: readonly Finding[]): void {
  const count = findings.filter(({ ok }) => !ok).length;
  if (count > 0) throw new Failure(`${count} of ${findings.length} checks failed`);
}

export const lineOf = ({ ok, what, seen, mend }: Finding): string =>
  `${ok ? 'ok  ' : 'FAIL'} ${what}: ${lastLines(seen, 3)}${mend ? `\n     mend: ${mend}` : ''}`;
