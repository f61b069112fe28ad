import { clash, type Rule, when } from './contradiction';
import { secondsOf } from './formats/quantity';

const DAY_SEC = 24 * 3600;
const secondOf = (time: string) => secondsOf(`${time.replace(':', 'h')}m`);

export const scheduleRules: Rule[] = [
  ({ environments: { schedule } }) =>
    when(schedule && schedule.from === schedule.to, () =>
      clash(
        `given "${schedule?.to}", must not be environments.schedule.from: environments that are never stopped need no schedule`,
        'environments.schedule.to',
        'environments.schedule.from',
      ),
    ),
  ({ environments: { schedule } }) => {
    if (!schedule || schedule.from === schedule.to) return [];
    const lasts = (secondOf(schedule.to) - secondOf(schedule.from) + DAY_SEC) % DAY_SEC;
    return when(secondsOf(schedule.warning) >= lasts, () =>
      clash(
        `given "${schedule.warning}", must be shorter than the hours, which last ${lasts / 60} minutes`,
        'environments.schedule.warning',
        'environments.schedule.from',
        'environments.schedule.to',
      ),
    );
  },
];
