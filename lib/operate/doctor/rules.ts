import type { KubeObject } from '../cluster/kubectl';
import { containersOf, isReady, unschedulable, warningsOf, withoutImage } from '../cluster/pods';
import { isSettled } from '../cluster/readiness';
import { makeDefault } from '../cluster/storage';
import { makerOf, missingIn } from './missing';
import type { Seen } from './seen';

/** Something that is wrong, why, and what to do. */
export interface Diagnosis {
  /** What it is about, such as `pod devenv/devenv-0`. */
  readonly what: string;
  readonly cause: string;
  readonly mend: string;
}

export type Rule = (seen: Seen) => Diagnosis[];

/** Seconds that something may take before it counts as stuck. */
const STUCK_SEC = 60;
const FULL = 0.95;

const nameOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;
const secondsSince = (time: string, { now }: Seen): number => (now - Date.parse(time)) / 1000;

const images: Rule = ({ pods }) =>
  pods.flatMap((pod) => {
    const refused = withoutImage(pod);
    if (!refused) return [];
    return {
      what: `pod ${nameOf(pod)}`,
      cause: `its image ${refused.image} cannot be had: ${refused.state.waiting.message ?? refused.state.waiting.reason}`,
      mend: 'name one that is there (images, environments.image), push it to its registry, or load it into the nodes; images.pullSecrets says who may pull',
    };
  });

const endings: Rule = ({ pods }) =>
  pods.flatMap((pod) => {
    const ended = containersOf(pod).find(
      ({ state, lastState }) =>
        state.waiting?.reason === 'CrashLoopBackOff' || (!isReady(pod) && lastState?.terminated),
    );
    const last = ended?.lastState?.terminated ?? ended?.state.terminated;
    if (!last || last.exitCode === 0) return [];
    const what = `pod ${nameOf(pod)}`;
    return last.reason === 'OOMKilled'
      ? {
          what,
          cause: `${ended.name} needs more memory than it may have`,
          mend: 'raise its limit (resources of that part in platform.yaml)',
        }
      : {
          what,
          cause: `${ended.name} ends with status ${last.exitCode}, again and again`,
          mend: `kubectl logs --namespace ${pod.metadata.namespace} ${pod.metadata.name} --container ${ended.name} --previous says why`,
        };
  });

/** Jobs that begin in another pod each time: none of those ends twice. */
const jobs: Rule = ({ workloads }) =>
  workloads.flatMap((job) => {
    const { kind, metadata, status = {} } = job;
    // One of a CronJob's is followed by the next.
    if (kind !== 'Job' || metadata.ownerReferences?.length || isSettled(job) || !(status.failed > 1)) return [];
    const selector = `batch.kubernetes.io/job-name=${metadata.name}`;
    return {
      what: `Job ${nameOf(job)}`,
      cause: `${status.failed} of its pods have failed, and none has done its work`,
      mend: `kubectl logs --namespace ${metadata.namespace} --selector ${selector} --all-containers --ignore-errors says why; once it is tried no more, delete the Job and deploy again`,
    };
  });

const scheduling: Rule = ({ pods }) =>
  pods.flatMap((pod) => {
    const refused = unschedulable(pod);
    if (!refused || /unbound immediate PersistentVolumeClaims|persistentvolumeclaim/.test(refused)) return [];
    const isFull = /Insufficient (cpu|memory)/.test(refused);
    return {
      what: `pod ${nameOf(pod)}`,
      cause: `no node takes it: ${refused}`,
      mend: isFull
        ? 'add a node, stop something (sandboxctl stop), or ask for less (resources)'
        : 'see that nodes have the labels and no other taints than platform.yaml says (nodeSelector, tolerations)',
    };
  });

const mounts: Rule = (seen) =>
  seen.pods
    .filter((pod) => !isReady(pod))
    .flatMap((pod) => {
      const missing = warningsOf(pod, seen.events)
        .map(missingIn)
        .find((found) => found !== undefined);
      if (!missing || secondsSince(pod.metadata.creationTimestamp, seen) < STUCK_SEC) return [];
      return { what: `pod ${nameOf(pod)}`, cause: missing.cause, mend: makerOf(missing.name, pod, seen) };
    });

const quotas: Rule = (seen) =>
  seen.workloads.flatMap((workload) => {
    const message = warningsOf(workload, seen.events).find((said) => said.includes('exceeded quota'));
    const { spec, status = {} } = workload;
    if (!message || (status.replicas ?? 0) >= (spec.replicas ?? 1)) return [];
    return {
      what: `${workload.kind} ${nameOf(workload)}`,
      cause: message.replace(/^.*?(exceeded quota)/, '$1'),
      mend: `raise the ResourceQuota of ${workload.metadata.namespace}, or ask for less (resources)`,
    };
  });

const claims: Rule = (seen) =>
  seen.claims.flatMap((claim) => {
    const { metadata, spec, status } = claim;
    const what = `claim ${nameOf(claim)}`;
    const users = seen.pods.filter(
      (pod) =>
        pod.metadata.namespace === metadata.namespace &&
        (pod.spec.volumes ?? []).some(
          ({ persistentVolumeClaim }: KubeObject) => persistentVolumeClaim?.claimName === metadata.name,
        ),
    );
    if (metadata.deletionTimestamp && secondsSince(metadata.deletionTimestamp, seen) > STUCK_SEC)
      return users.length > 0
        ? {
            what,
            cause: `it is deleted, and ${users.map(({ metadata: { name } }) => name).join(', ')} still uses it`,
            mend: `delete the pod ${users[0].metadata.name}, which then gets a new volume; the files of the old one are lost`,
          }
        : {
            what,
            cause: `it is deleted, and ${(metadata.finalizers ?? []).join(', ')} keeps it`,
            mend: 'see that the storage driver runs, which has to let go of the volume',
          };
    if (status.phase !== 'Pending') return [];
    const wanted = spec.storageClassName;
    const names = seen.storageClasses.map(({ metadata: { name } }) => name);
    if (wanted && !names.includes(wanted))
      return {
        what,
        cause: `there is no StorageClass ${wanted}`,
        mend: `name one of ${names.join(', ') || 'your own'} in storageClassName, and delete the claim, which is empty`,
      };
    if (!wanted)
      return {
        what,
        cause: 'no StorageClass is the default one, and none is named',
        mend: `${makeDefault(names[0])}, or name one (storageClassName); then delete the claim, which is empty`,
      };
    const [message] = warningsOf(claim, seen.events);
    return message ? { what, cause: message, mend: `see that what provides the StorageClass ${wanted} runs` } : [];
  });

const volumes: Rule = ({ volumes: all }) =>
  all
    .filter(({ full }) => full > FULL)
    .map(({ namespace, claim, full }) => ({
      what: `claim ${namespace}/${claim}`,
      cause: `its volume is ${Math.floor(full * 100)} % full`,
      mend: 'remove files, or enlarge the claim itself, where its StorageClass allows that',
    }));

const nodes: Rule = ({ nodes: all, pods }) =>
  all.flatMap(({ metadata, status, spec }) => {
    const conditions: KubeObject[] = status.conditions ?? [];
    const ready = conditions.find(({ type }) => type === 'Ready');
    const what = `node ${metadata.name}`;
    const held = pods.filter((pod) => pod.spec.nodeName === metadata.name).map(nameOf);
    const isGivenUp = (spec.taints ?? []).some(({ key }: KubeObject) => key === 'node.kubernetes.io/out-of-service');
    if (ready?.status !== 'True')
      return isGivenUp
        ? []
        : {
            what,
            cause: `it does not answer (${ready?.message ?? 'it said nothing yet'})${held.length > 0 ? `; with it ${held.join(', ')} and their volumes are out of reach` : ''}`,
            mend: `bring it back; if it is gone for good: kubectl taint node ${metadata.name} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute`,
          };
    const pressed = conditions
      .filter(({ type, status: is }) => type.endsWith('Pressure') && is === 'True')
      .map(({ type }) => type);
    return pressed.length > 0
      ? { what, cause: `it has ${pressed.join(', ')}`, mend: 'free memory or disk on it, or add a node' }
      : [];
  });

const route: Rule = ({ resolves, dns: pods }) =>
  resolves === false && pods.some(isReady)
    ? [
        {
          what: 'DNS in environments',
          cause: 'names are not found, though the cluster has a DNS that runs: a NetworkPolicy is in between',
          mend: 'put back allow-dns (sandboxctl up namespaces), name resolvers that are no pods, such as NodeLocal DNSCache, in network.dns.addresses, and look for policies that others made (kubectl get networkpolicies --all-namespaces)',
        },
      ]
    : [];

const dns: Rule = ({ dns: pods }) =>
  pods.length > 0 && pods.some(isReady)
    ? []
    : [
        {
          what: 'DNS of the cluster',
          cause: pods.length === 0 ? 'nothing answers in kube-system' : `${pods.map(nameOf).join(', ')} is not Ready`,
          mend: 'see that CoreDNS runs (kubectl get pods --namespace kube-system --selector k8s-app=kube-dns)',
        },
      ];

const kinds: Rule = ({ unknownKinds }) =>
  unknownKinds.map((kind) => ({
    what: `kind ${kind}`,
    cause: 'the cluster does not know it, so that nothing brings secrets into environments',
    mend: 'install its operator: sandboxctl up operators, or as docs/DELIVERY.md says',
  }));

const vault: Rule = ({ status, vaultLog }) =>
  (status.vault?.sealed ?? []).map((name) => {
    const said = vaultLog.trim().split('\n').at(-1) ?? '';
    const message = /"message":"([^"]+)"/.exec(said)?.[1] ?? said;
    return {
      what: `Vault's server ${name}`,
      cause: `it is sealed${message ? `; what unseals it says: ${message}` : ''}`,
      mend: 'see that vault-bootstrap in platform-bootstrap runs and that the Secret vault-keys is there, or what the seal needs answers',
    };
  });

const certificates: Rule = ({ status, now }) =>
  status.certificates
    .filter(({ ends }) => Date.parse(ends) < now)
    .map(({ name, ends }) => ({
      what: `certificate ${name}`,
      cause: `it ended on ${ends}`,
      mend: 'see why certificate-authority in platform-bootstrap does not renew it (kubectl logs --namespace platform-bootstrap deployment/certificate-authority), or what else issued it',
    }));

const issuer: Rule = ({ keeperLog }) => {
  const last =
    keeperLog
      .trim()
      .split('\n')
      .filter((line) => /issuer|oidc|discovery/i.test(line))
      .at(-1) ?? '';
  if (!/did not match/.test(last)) return [];
  return [
    {
      what: 'logins',
      cause: `the identity provider answers as another issuer than is configured: ${/issuer did not match[^"\\]*/.exec(last)?.[0] ?? last}`,
      mend: 'give oidc.issuer (or access.nodeAddress, for Keycloak) exactly as the provider calls itself, and deploy again',
    },
  ];
};

const leaving: Rule = (seen) =>
  seen.pods
    .filter(
      ({ metadata }) =>
        metadata.deletionTimestamp &&
        secondsSince(metadata.deletionTimestamp, seen) > (metadata.deletionGracePeriodSeconds ?? 30) + STUCK_SEC,
    )
    .flatMap((pod) => {
      const node = seen.nodes.find(({ metadata }) => metadata.name === pod.spec.nodeName);
      // A lost node is told of by itself, with all that is on it.
      if (node && !isReady(node)) return [];
      return {
        what: `pod ${nameOf(pod)}`,
        cause: 'it is deleted, and does not go',
        mend: `see what its node says (kubectl describe node ${pod.spec.nodeName}), or kubectl delete pod --force`,
      };
    });

export const RULES: readonly Rule[] = [
  nodes,
  dns,
  route,
  kinds,
  claims,
  volumes,
  quotas,
  images,
  mounts,
  scheduling,
  endings,
  jobs,
  vault,
  certificates,
  issuer,
  leaving,
];

/** All that is wrong, each said once. */
export const diagnose = (seen: Seen): Diagnosis[] => RULES.flatMap((rule) => rule(seen));
