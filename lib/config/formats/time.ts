import { didYouMean } from '../words';

export const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/;

export function timeOfDayAdvice(value: string): string | undefined {
  if (TIME_OF_DAY.test(value)) return undefined;
  const [, hours, minutes = '00'] = /^(\d{1,2})(?:[:.h](\d{2}))?$/.exec(value.trim()) ?? [];
  const meant = `${hours?.padStart(2, '0')}:${minutes}`;
  return `must be a time of day from 00:00 to 23:59${TIME_OF_DAY.test(meant) ? `: did you mean ${meant}?` : ''}`;
}

/** Clusters find a time zone by exactly its name; Intl reads any spelling, and offsets too. */
export function timeZoneAdvice(value: string): string | undefined {
  const must = 'must be the name of a time zone, such as Europe/Berlin or Etc/UTC';
  const spelt = zones().get(value.toLowerCase());
  if (spelt) return spelt === value ? undefined : `${must}: did you mean ${spelt}?`;
  if (/^[A-Z][A-Za-z]+(\/[A-Z][A-Za-z0-9_+-]+)*$/.test(value) && isKnown(value)) return undefined;
  return `${must}${didYouMean(value, [...zones().values()])}`;
}

let read: ReadonlyMap<string, string> | undefined;
/** Time zones by their names in small letters; to ask for them takes a millisecond. */
const zones = () => (read ??= new Map(Intl.supportedValuesOf('timeZone').map((name) => [name.toLowerCase(), name])));

function isKnown(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}
