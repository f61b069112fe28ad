const UNIT_SEC: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** The seconds of a Go duration such as `1h30m`, at least one. */
export function seconds(duration: string): number {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const sum = parts.reduce((before, [, count, unit]) => before + Number(count) * UNIT_SEC[unit], 0);
  return Math.max(1, Math.round(sum));
}

/** A duration such as `1h30m` in one unit, for kinds that know no more than one: as it is if it has one already. */
export const oneUnit = (duration: string): string =>
  /^\d+(\.\d+)?(s|m|h)$/.test(duration) ? duration : `${seconds(duration)}s`;
