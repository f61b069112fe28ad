import { Construct } from 'constructs';
import { Bootstrap } from '../services/bootstrap';
import type { DevEnvStatefulSet } from './stateful-set';
import { REPLICAS, WORKING_HOURS } from './working-hours-annotations';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

export type Day = (typeof DAYS)[number];

export interface WorkingHoursProps {
  /** Namespace of the program that starts and stops environments. @default 'platform-bootstrap' */
  readonly namespace?: string;
  /** Days on which the hours begin. @default - Monday to Friday */
  readonly days?: readonly Day[];
  /** Time of day at which environments start, such as `08:00`. */
  readonly from: string;
  /** Time of day at which environments stop; before `from` it is one of the next day. */
  readonly to: string;
  /** IANA name of the time zone. @default 'Etc/UTC' */
  readonly timeZone?: string;
  /** Seconds before the end at which who works is warned, in whole minutes. @default 600 */
  readonly warningSec?: number;
}

const NAME = 'working-hours';
const MINUTES_OF_DAY = 24 * 60;

/** Starts environments when working hours begin and stops them at their end; their volumes stay. */
export class WorkingHours extends Construct {
  private readonly bootstrap: Bootstrap;
  private readonly hours: Required<Omit<WorkingHoursProps, 'namespace'>>;
  /** Environments of each set; written when all sets are known. */
  private readonly sets: Record<string, Record<string, number>> = {};

  constructor(scope: Construct, id: string, { namespace = 'platform-bootstrap', ...props }: WorkingHoursProps) {
    super(scope, id);
    const days = props.days ?? (['mon', 'tue', 'wed', 'thu', 'fri'] as const);
    this.hours = { timeZone: 'Etc/UTC', warningSec: 600, ...props, days };
    const { from, to, timeZone, warningSec } = this.hours;
    const numbers = days.map((day) => DAYS.indexOf(day)).sort();
    this.bootstrap = new Bootstrap(this, 'program', {
      namespace,
      name: NAME,
      program: NAME,
      run: {
        cron: {
          start: `${cronTime(minuteOf(from))} * * ${numbers.join(',')}`,
          // Every day: somebody may have started an environment on a day without hours.
          warn: `${cronTime(minuteOf(to) - Math.ceil(warningSec / 60))} * * *`,
          stop: `${cronTime(minuteOf(to))} * * *`,
        },
        timeZone,
        deadlineSec: 600,
      },
    });
    this.bootstrap.configure({ hours: this.hours, sets: this.sets });
  }

  /** Has a set's environments run in these hours. Nobody else's manifest names their number from then on. */
  keep(set: DevEnvStatefulSet): void {
    const { namespace, name, replicas } = set;
    this.sets[namespace] ??= {};
    this.sets[namespace][name] = replicas;
    const notice = set.runByHours({ [WORKING_HOURS]: JSON.stringify(this.hours), [REPLICAS]: String(replicas) });
    const right = 'fill';
    this.bootstrap.grantAccess({ namespace, resource: 'statefulsets/scale', names: [name], right });
    this.bootstrap.grantAccess({ namespace, resource: 'configmaps', names: [notice], right });
  }
}

const minuteOf = (time: string): number => {
  const [hours, minutes] = time.split(':').map(Number);
  return hours * 60 + minutes;
};

/** Minute and hour as cron has them. */
function cronTime(minute: number): string {
  const ofDay = (minute + MINUTES_OF_DAY) % MINUTES_OF_DAY;
  return `${ofDay % 60} ${Math.floor(ofDay / 60)}`;
}
