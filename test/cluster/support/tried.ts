/** `test`; where something is lacking, skipped ones whose names say what. */
export function triedUnless(lacking: string | undefined): jest.It {
  if (!lacking) return test;
  const named = (name: unknown) => `${name} (skipped: ${lacking})`;
  const skipped = ((name, carryOut, timeoutMs) => test.skip(named(name), carryOut, timeoutMs)) as jest.It;
  const each =
    (table: readonly unknown[]) =>
    (name: string, ...rest: [(...args: never[]) => unknown, number?]) =>
      test.skip.each(table as [])(named(name), ...(rest as [() => void]));
  skipped.each = each as unknown as jest.Each;
  return skipped;
}
