const SUFFIXES: Record<string, number> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const QUANTITY = /^(\d+(?:\.\d+)?|\.\d+)(m|k|[MGTPE]|[KMGTPE]i)?$/;
const ALMOST = /^(\d+(?:\.\d+)?)\s*([kmgtpe])(i?)b?$/i;

/** A Kubernetes quantity as a number (cores, or bytes); undefined when it is none. */
export function quantityOf(value: string): number | undefined {
  const match = QUANTITY.exec(value);
  return match ? Number(match[1]) * SUFFIXES[match[2] ?? ''] : undefined;
}

const SMALLEST_MEMORY = 2 ** 20;

export function memoryAdvice(value: string): string | undefined {
  const bytes = quantityOf(value);
  if (bytes !== undefined && !value.endsWith('m')) {
    if (bytes >= SMALLEST_MEMORY) return undefined;
    return `must be at least 1Mi (a number without a unit counts bytes)${/^\d+$/.test(value) && bytes > 0 ? `: did you mean ${value}Mi or ${value}Gi?` : ''}`;
  }
  const [, number, unit] = ALMOST.exec(value) ?? [];
  const suggestion = unit && `: did you mean ${number}${unit.toUpperCase()} or ${number}${unit.toUpperCase()}i?`;
  return `must be a size such as 512Mi or 10Gi${suggestion?.replace('K or', 'k or') ?? ''}`;
}

export function cpuAdvice(value: string): string | undefined {
  const cores = quantityOf(value);
  if (cores === undefined || /[^\d.m]/.test(value)) return 'must be a number of cores such as 500m, 0.5 or 2';
  // Kubernetes would round what is between two thousandths.
  if (cores >= 0.001 && cores <= 1024 && Number.isInteger(Number((cores * 1000).toFixed(6)))) return undefined;
  if (cores >= 0.001 && cores <= 1024) return `must be whole thousandths: did you mean ${Math.ceil(cores * 1000)}m?`;
  return `must be from 1m to 1024 cores${cores > 1024 ? `: did you mean ${value}m?` : ''}`;
}

/** Devices are not divided; some are counted in bytes. */
export function deviceCountAdvice(value: string): string | undefined {
  const number = quantityOf(value);
  if (number !== undefined && Number.isInteger(number)) return undefined;
  const mend = number === undefined ? '' : `: did you mean ${Math.ceil(number)}?`;
  return `must be a whole number such as 1, since devices are not divided${mend}`;
}

export const DURATION = /^(\d+(\.\d+)?(ms|s|m|h))+$/;

function durationAdvice(value: string): string | undefined {
  if (DURATION.test(value)) return /[1-9]/.test(value) ? undefined : 'must be longer than nothing, such as 30s';
  const near = value.replace(/\s/g, '').toLowerCase();
  const [, days, unit] = /^(\d+)(d|w)(?:ays?|eeks?)?$/.exec(near) ?? [];
  const hours = days && `${Number(days) * (unit === 'w' ? 7 * 24 : 24)}h`;
  const suggestion = hours ?? [near, `${near}s`].find((text) => DURATION.test(text));
  return `must be a duration such as 30s, 5m or 1h30m${suggestion ? `: did you mean ${suggestion}?` : ''}`;
}

const UNIT_SEC: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

const exactSeconds = (duration: string): number =>
  [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * UNIT_SEC[unit],
    0,
  );

/** A duration such as 1h30m in whole seconds. */
export const secondsOf = (duration: string): number => Math.round(exactSeconds(duration));

/** Advice for a duration that has bounds, each such as 3m. */
export const durationBetween =
  (least: string, most: string) =>
  (value: string): string | undefined => {
    const wrong = durationAdvice(value);
    if (wrong) return wrong;
    const seconds = exactSeconds(value);
    return seconds >= secondsOf(least) && seconds <= secondsOf(most) ? undefined : `must be from ${least} to ${most}`;
  };
