/** A copy whose texts Terraform reads as they stand: `${` and `%{` would begin a template. */
export function literal<T>(value: T): T {
  const double = (text: string) => text.replace(/[$%](?=\{)/g, '$&$&');
  return mapTexts(value, double, double) as T;
}

/** A copy of a tree with each text changed, and each key where `changeKey` is given. Instances of classes stay as they are. */
export function mapTexts(
  value: unknown,
  change: (text: string) => string,
  changeKey: (key: string) => string = (key) => key,
): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change, changeKey));
  if (Object.getPrototypeOf(value ?? 0) !== Object.prototype) return value;
  const entries = Object.entries(value as object);
  return Object.fromEntries(entries.map(([key, item]) => [changeKey(key), mapTexts(item, change, changeKey)]));
}
