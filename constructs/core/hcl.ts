/** As text: `${` would begin an expression, which no program evaluates and whose end the reader looks for. */
const text = (value: string | readonly string[]) => JSON.stringify(value).replaceAll('${', '\\u0024{');

/** A labelled block of a HashiCorp program's configuration. */
export function hclBlock(
  keyword: 'seal' | 'kms',
  label: string,
  values: Readonly<Record<string, string | readonly string[]>>,
): string {
  const lines = Object.entries(values).map(([key, value]) => `  ${key} = ${text(value)}\n`);
  return `${keyword} "${label}" {\n${lines.join('')}}\n`;
}
