import type { Construct } from 'constructs';
import { type Identity, labelsOf, metadataOf } from '../core/identity';
import { k8s } from '../core/k8s';

/** When a program runs. */
export interface Schedule {
  /** Five fields as cron has them; several by a word, each a CronJob of its own that gives the program that word. */
  readonly cron: string | Readonly<Record<string, string>>;
  /** IANA name of the time zone that these are in. @default 'Etc/UTC' */
  readonly timeZone?: string;
  /** Seconds after which a run is ended as failed. */
  readonly deadlineSec: number;
}

/** A schedule, which people may be left to set off. */
export type CronJobSchedule = Schedule & { readonly suspend?: boolean };

/** A suspended CronJob needs a time all the same. */
const ON_DEMAND = { cron: '0 0 1 1 *', deadlineSec: 300, suspend: true } as const;

/** Steps that people have it take: a CronJob for each, which never runs by itself and gives the program that word. */
export interface StepsOnDemand {
  readonly onDemand: readonly string[];
}

/** When a program of the platform runs. */
export type Run = 'once' | 'repeatable' | 'continuous' | 'on demand' | StepsOnDemand | Schedule;

/** The CronJobs of a program that runs so. */
export function scheduleOf(run: Run): CronJobSchedule | undefined {
  if (run === 'on demand' || run === 'repeatable') return ON_DEMAND;
  if (typeof run === 'string') return undefined;
  if (!('onDemand' in run)) return run;
  return { ...ON_DEMAND, cron: Object.fromEntries(run.onDemand.map((word) => [word, ON_DEMAND.cron])) };
}

/** Whether it has a Job that runs with each new configuration. */
export const runsAtOnce = (run: Run): boolean =>
  run === 'once' || run === 'repeatable' || (typeof run === 'object' && !('onDemand' in run));

interface CronJobProps {
  readonly identity: Identity;
  readonly namespace: string;
  /** The pod that is given these words. */
  readonly template: (words: readonly string[]) => k8s.PodTemplateSpec;
}

/** A CronJob for each time of a schedule, named like the identity's instance. */
export function makeCronJobs(scope: Construct, props: CronJobProps, { cron, ...rest }: CronJobSchedule): void {
  if (typeof cron === 'string') makeCronJob(scope, props, { ...rest, cron });
  else for (const [word, one] of Object.entries(cron)) makeCronJob(scope, props, { ...rest, cron: one }, word);
}

function makeCronJob(
  scope: Construct,
  { identity, namespace, template }: CronJobProps,
  { cron: schedule, timeZone = 'Etc/UTC', deadlineSec, suspend }: CronJobSchedule & { readonly cron: string },
  ...words: string[]
): void {
  new k8s.KubeCronJob(scope, ['cron-job', ...words].join('-'), {
    metadata: metadataOf(scope, identity, [identity.instance, ...words].join('-'), namespace),
    spec: {
      schedule,
      timeZone,
      concurrencyPolicy: 'Forbid',
      // A run that was missed, as while the control plane was away, is made up for within this time.
      startingDeadlineSeconds: 3600,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
      suspend,
      jobTemplate: {
        metadata: { labels: labelsOf(identity) },
        // Each try leaves its pod, whose log says why it failed.
        spec: {
          backoffLimit: 3,
          activeDeadlineSeconds: deadlineSec,
          // A Job that people make is theirs to look at, and its name free again soon.
          ...(suspend && { ttlSecondsAfterFinished: 600 }),
          template: template(words),
        },
      },
    },
  });
}
