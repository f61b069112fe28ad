import { shortNameOf } from '../cluster/names';
import { containersOf, isReady, unschedulable, warningsOf, withoutImage } from '../cluster/pods';
import { isSettled } from '../cluster/readiness';
import { makerOf, missingIn } from './missing';
import { type Rule, STUCK_SEC, secondsSince } from './rule';

export const images: Rule = ({ pods }) =>
  pods.flatMap((pod) => {
    const refused = withoutImage(pod);
    if (!refused) return [];
    return {
      what: `pod ${shortNameOf(pod)}`,
      cause: `its image ${refused.image} cannot be had: ${refused.state.waiting.message ?? refused.state.waiting.reason}`,
      mend: 'name one that is there (images, environments.image), push it to its registry, or load it into the nodes; images.pullSecrets says who may pull',
    };
  });

export const endings: Rule = ({ pods }) =>
  pods.flatMap((pod) => {
    const ended = containersOf(pod).find(
      ({ state, lastState }) =>
        state.waiting?.reason === 'CrashLoopBackOff' || (!isReady(pod) && lastState?.terminated),
    );
    const last = ended?.lastState?.terminated ?? ended?.state.terminated;
    if (!last || last.exitCode === 0) return [];
    const what = `pod ${shortNameOf(pod)}`;
    return last.reason === 'OOMKilled'
      ? {
          what,
          cause: `${ended.name} needs more memory than it may have`,
          mend: 'raise its limit (resources of that part in platform.yaml)',
        }
      : {
          what,
          cause: `${ended.name} ends with status ${last.exitCode}, again and again`,
          mend: `sandboxctl logs ${pod.metadata.name} --container ${ended.name} --previous says why`,
        };
  });

/** Jobs that begin in another pod each time: none of those ends twice. */
export const jobs: Rule = ({ workloads }) =>
  workloads.flatMap((job) => {
    const { kind, metadata, status = {} } = job;
    // One of a CronJob's is followed by the next.
    if (kind !== 'Job' || metadata.ownerReferences?.length || isSettled(job) || !(status.failed > 1)) return [];
    const selector = `batch.kubernetes.io/job-name=${metadata.name}`;
    return {
      what: `Job ${shortNameOf(job)}`,
      cause: `${status.failed} of its pods have failed, and none has done its work`,
      mend: `kubectl logs --namespace ${metadata.namespace} --selector ${selector} --all-containers --ignore-errors says why; once it is tried no more, delete the Job and deploy again`,
    };
  });

export const scheduling: Rule = ({ pods }) =>
  pods.flatMap((pod) => {
    const refused = unschedulable(pod);
    if (!refused || /unbound immediate PersistentVolumeClaims|persistentvolumeclaim/.test(refused)) return [];
    const isFull = /Insufficient (cpu|memory)/.test(refused);
    return {
      what: `pod ${shortNameOf(pod)}`,
      cause: `no node takes it: ${refused}`,
      mend: isFull
        ? 'add a node, stop something (sandboxctl stop), or ask for less (resources)'
        : 'see that nodes have the labels and no other taints than platform.yaml says (nodeSelector, tolerations)',
    };
  });

export const mounts: Rule = (seen) =>
  seen.pods
    .filter((pod) => !isReady(pod))
    .flatMap((pod) => {
      const missing = warningsOf(pod, seen.events)
        .map(missingIn)
        .find((found) => found !== undefined);
      if (!missing || secondsSince(pod.metadata.creationTimestamp, seen) < STUCK_SEC) return [];
      return { what: `pod ${shortNameOf(pod)}`, cause: missing.cause, mend: makerOf(missing.name, pod, seen) };
    });

export const quotas: Rule = (seen) =>
  seen.workloads.flatMap((workload) => {
    const message = warningsOf(workload, seen.events).find((said) => said.includes('exceeded quota'));
    const { spec, status = {} } = workload;
    if (!message || (status.replicas ?? 0) >= (spec.replicas ?? 1)) return [];
    return {
      what: `${workload.kind} ${shortNameOf(workload)}`,
      cause: message.replace(/^.*?(exceeded quota)/, '$1'),
      mend: `raise the ResourceQuota of ${workload.metadata.namespace}, or ask for less (resources)`,
    };
  });
