/** What is wrong with a value, in words that follow its name; nothing when it is right. */
type Fault = (value: string) => string | undefined;

/**
 * Refuses props that no server would take.
 *
 * @throws if the rule of one finds something wrong with it; what is absent is left out
 */
export function check<P extends object>(what: string, props: P, rules: { readonly [K in keyof P]?: Fault }): void {
  for (const [key, fault] of Object.entries(rules) as [keyof P & string, Fault][]) {
    const value = props[key];
    const wrong = typeof value === 'string' ? fault(value) : undefined;
    if (wrong) throw new Error(`${key} of ${what} ${wrong}, got "${value}"`);
  }
}
