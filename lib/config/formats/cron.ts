interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of the month', from: 1, to: 31 },
  {
    name: 'month',
    from: 1,
    to: 12,
    names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  },
  { name: 'day of the week', from: 0, to: 6, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] },
];
const LONGEST_DAY = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const WORDS = ['@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually'];

const range = (from: number, to: number, step: number) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);

/** The numbers that one item of a field's list stands for; undefined if it is none. */
function numbersOf(item: string, { from, to, names = [] }: Field): number[] | undefined {
  const [, first, last, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(item) ?? [];
  if (first === undefined || (first === '*' && last)) return undefined;
  const number = (text: string) => (/^\d+$/.test(text) ? Number(text) : names.indexOf(text.toUpperCase()) + from);
  const begin = first === '*' ? from : number(first);
  const end = last ? number(last) : first === '*' || step ? to : begin;
  const inside = begin >= from && begin <= end && end <= to && step !== '0';
  const known = [first, last].every((text) => !text || /^(\*|\d+)$/.test(text) || names.includes(text.toUpperCase()));
  return inside && known ? range(begin, end, Number(step ?? 1)) : undefined;
}

const allowed = ({ from, to, names }: Field) => `${from} to ${to}${names ? ` or ${names[0]} to ${names.at(-1)}` : ''}`;

/** A schedule as Kubernetes takes it. */
export function cronAdvice(value: string): string | undefined {
  const example = 'such as "0 3 * * *" for every day at 03:00 UTC';
  if (value.startsWith('@')) return WORDS.includes(value) ? undefined : `must be one of ${WORDS.join(', ')}`;
  const texts = value.trim().split(/\s+/);
  if (texts.length !== FIELDS.length)
    return `must have five fields as cron has them (minute, hour, day of the month, month, day of the week), ${example}`;
  const numbers: number[][] = [];
  for (const [index, field] of FIELDS.entries()) {
    const items = texts[index].split(',').map((item) => numbersOf(item, field));
    if (items.some((item) => item === undefined))
      return `must have for the ${field.name} * or ${allowed(field)}, with lists (1,2), ranges (1-5) and steps (*/5), not "${texts[index]}", ${example}`;
    numbers.push(items.flatMap((item) => item ?? []));
  }
  const [, , days, months] = numbers;
  const comes = texts[4] !== '*' || months.some((month) => days.some((day) => day <= LONGEST_DAY[month - 1]));
  return comes ? undefined : `must name a day that comes, ${example}`;
}
