import type { Kubectl, KubeObject } from './kubectl';
import { isEnvironment, labelOf, OURS } from './labels';
import { isReady } from './pods';

/** A name that every cluster has. */
export const KNOWN_NAME = 'kubernetes.default.svc';

/** Pods that answer for names, and how kubectl selects them. */
export interface DnsPods {
  readonly namespace: string;
  readonly selector: string;
}

/** Where the cluster's DNS is, as platform.yaml has it (network.dns). */
export interface Dns {
  readonly pods: readonly DnsPods[];
  /** Resolvers that are no pods, as CIDRs. */
  readonly addresses: readonly string[];
}

/** Read off the policies by which the platform's pods reach it. @param objects of any kind, a manifest's or a cluster's */
export function dnsOf(objects: readonly KubeObject[]): Dns {
  const peers: KubeObject[] = objects
    .filter(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'allow-dns')
    .flatMap(({ spec }) => spec.egress ?? [])
    .flatMap(({ to }: KubeObject) => to ?? []);
  const pods = peers
    .filter(({ podSelector }) => podSelector)
    .map(({ namespaceSelector, podSelector }): [string, DnsPods] => {
      const namespace = namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'];
      const labels = Object.entries(podSelector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
      const selector = labels.join(',');
      return [`${namespace} ${selector}`, { namespace, selector }];
    });
  const addresses = peers.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []);
  return { pods: [...new Map(pods).values()], addresses: [...new Set(addresses)] };
}

/** How to look at those pods. */
export const lookAt = ({ namespace, selector }: DnsPods): string =>
  `kubectl get pods --namespace ${namespace} --selector ${selector}`;

/** The DNS that the platform of a cluster uses, with its pods that are there. */
export async function dnsIn(kubectl: Kubectl): Promise<{ dns: Dns; pods: KubeObject[] }> {
  const dns = dnsOf(await kubectl.list('networkpolicies', { selector: OURS }));
  const pods = await Promise.all(dns.pods.map((which) => kubectl.list('pods', which)));
  return { dns, pods: pods.flat() };
}

/** How many pods are asked, where not every image has what asks. */
const ASKED = 4;
/** Statuses of what asks: a name that is not found, and no answer in time, as each shell's tools say that. */
const NOT_FOUND = [2, 124, 143];

/** Whether pods of a platform find a name, an environment's first of all; undefined where none can be asked. */
export async function resolves(kubectl: Kubectl, pods: readonly KubeObject[]): Promise<boolean | undefined> {
  const running = pods.filter((pod) => isReady(pod) && pod.status.phase === 'Running');
  const environment = running.find((pod) => isEnvironment(pod, 'Pod'));
  const others = new Map(running.map((pod) => [labelOf(pod, 'instance'), pod]));
  for (const { metadata } of environment ? [environment] : [...others.values()].slice(0, ASKED)) {
    const place = ['--namespace', metadata.namespace, metadata.name];
    const lookUp = ['timeout', '10', 'getent', 'hosts', KNOWN_NAME];
    const { exitCode = -1 } = await kubectl.run(['exec', ...place, '--', ...lookUp]);
    if (exitCode === 0) return true;
    if (NOT_FOUND.includes(exitCode)) return false;
  }
  return undefined;
}
