/** When environments run. */
export interface Hours {
  /** Days on which they begin, as `mon`. */
  readonly days: readonly string[];
  /** Time of day, as `08:00`. */
  readonly from: string;
  /** The same; of the next day where it is before `from`. */
  readonly to: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly warningSec: number;
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** What calendar and clock of a time zone show. */
function local(now: Date, timeZone: string): { day: number; minute: number } {
  const format = { timeZone, weekday: 'long', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const parts = new Intl.DateTimeFormat('en', format).formatToParts(now);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return { day: DAYS.indexOf(part('weekday')), minute: minuteOf(`${part('hour')}:${part('minute')}`) };
}

const isListed = ({ days }: Hours, day: number): boolean => days.includes(DAYS[day % 7].slice(0, 3).toLowerCase());

/** Whether it is within the hours: their end is outside. */
export function isWithin(hours: Hours, now: Date): boolean {
  const { day, minute } = local(now, hours.timeZone);
  const [from, to] = [minuteOf(hours.from), minuteOf(hours.to)];
  if (from < to) return isListed(hours, day) && minute >= from && minute < to;
  return (isListed(hours, day) && minute >= from) || (isListed(hours, day + 6) && minute < to);
}

/** The next time at which environments stop, on whichever day. */
export function nextStop({ to, timeZone }: Hours, now: Date): Date {
  const left = (at: Date) => minuteOf(to) - local(at, timeZone).minute;
  const start = now.getTime() - (now.getTime() % MINUTE_MS);
  const first = new Date(start + ((left(now) + DAY_MINUTES - 1) % DAY_MINUTES) * MINUTE_MS + MINUTE_MS);
  // A change to or from summer time in between moves it by the difference.
  const off = ((left(first) + DAY_MINUTES * 1.5) % DAY_MINUTES) - DAY_MINUTES / 2;
  return new Date(first.getTime() + off * MINUTE_MS);
}

/** What who works is told of a stop. */
export function noticeOf(hours: Hours, stop: Date): string {
  const { day, minute } = local(stop, hours.timeZone);
  const first = minuteOf(hours.from) > minute ? 0 : 1;
  const next = [0, 1, 2, 3, 4, 5, 6, 7].find((later) => later >= first && isListed(hours, day + later)) ?? 0;
  return `This environment stops at ${hours.to} (${hours.timeZone}): save your work. Files on its volumes stay, programs end. It starts again on ${DAYS[(day + next) % 7]} at ${hours.from}, or when an administrator starts it.`;
}
