import * as z from 'zod';
import * as f from '../formats';
import { distinct } from './lists';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** When environments run; outside of it they are stopped and keep their volumes. */
export const schedule = z.strictObject({
  days: z
    .array(z.enum(DAYS))
    .min(1, { error: 'must name a day at least; leave environments.schedule out for no hours' })
    .check(distinct)
    .default(['mon', 'tue', 'wed', 'thu', 'fri'])
    .describe('Days on which the hours begin'),
  from: f.timeOfDay.describe('Time of day at which environments start, as 08:00'),
  to: f.timeOfDay.describe('Time of day at which they stop, every day; before from it is one of the next day'),
  timeZone: f.timeZone.default('Etc/UTC').describe('Time zone of these, by its IANA name'),
  warning: f
    .boundedDuration('2m', '12h')
    .default('10m')
    .describe('Time before the end at which terminals in the environments are told; kubelets take a minute of it'),
});
