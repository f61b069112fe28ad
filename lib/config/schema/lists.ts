type Issue = {
  code: 'custom';
  message: string;
  input: unknown;
  path: PropertyKey[];
};

/** An issue for every item whose key is taken, by the platform or by an earlier item. */
export function repeated<T>(items: T[], keyOf: (item: T) => unknown, taken: unknown[], field?: string): Issue[] {
  const seen = new Map<unknown, string>(taken.map((key) => [key, 'the platform itself']));
  return items.flatMap((item, index) => {
    const key = keyOf(item);
    const owner = seen.get(key);
    if (!owner) seen.set(key, `item ${index + 1}`);
    const path = field ? [index, field] : [index];
    return owner ? [{ code: 'custom' as const, message: `is taken by ${owner}`, input: key, path }] : [];
  });
}

interface Check<T> {
  value: T[];
  issues: unknown[];
}

/** For z.array(…).check: every item once. */
export const distinct = <T>({ value, issues }: Check<T>) => {
  issues.push(...repeated(value, (item) => item, []));
};
