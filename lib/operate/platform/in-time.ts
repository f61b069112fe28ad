import type { Kubectl } from '../cluster/kubectl';
import { isReady } from '../cluster/pods';
import { reasonOf } from '../cluster/readiness';
import { Failure } from '../failure';
import { applyAdopting } from './adopt';
import type { Stack } from './project';
import { releasesOf } from './releases';
import type { Terraform } from './terraform';

/** Chart of the platform's own that has no pods, beside whose release others' pods are. */
const WITHOUT_PODS = 'namespaces';

/**
 * Carries the last plan of a stack out. Charts of others wait for their pods by themselves, and for a quarter of an hour.
 * @throws Failure - where that takes too long, with what is not Ready
 */
export async function applyInTime(
  terraform: Terraform,
  stack: Stack,
  kubectl: Kubectl,
  timeoutSec: number,
): Promise<void> {
  // What has no pods is as quick as it can be.
  if (releasesOf(stack).length === 0) return applyAdopting(terraform, stack, kubectl);
  const limit = AbortSignal.timeout(timeoutSec * 1000);
  try {
    await applyAdopting(terraform, stack, kubectl, limit);
  } catch (error) {
    if (!limit.aborted || !(error instanceof Failure)) throw error;
    const late = (await lateOf(kubectl, stack)).join('; ') || 'sandboxctl doctor looks for the cause';
    throw new Failure(`not through after ${timeoutSec} s: ${late}`);
  }
}

/** Why pods beside a stack's releases are not Ready. */
async function lateOf(kubectl: Kubectl, stack: Stack): Promise<string[]> {
  const releases = releasesOf(stack);
  const shared = releases.find(({ chart }) => chart === WITHOUT_PODS)?.namespace;
  const namespaces = [...new Set(releases.map(({ namespace }) => namespace))].filter((name) => name !== shared);
  const seen = await Promise.all(
    namespaces.map(async (namespace) => {
      const [pods, events] = await Promise.all([
        kubectl.list('pods', { namespace }),
        kubectl.list('events', { namespace }),
      ]);
      return pods.filter((pod) => !isReady(pod)).map((pod) => `${pod.metadata.name}: ${reasonOf(pod, events)}`);
    }),
  );
  return seen.flat();
}
