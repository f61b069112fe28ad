/** A labelled block of a HashiCorp program's configuration. */
export function hclBlock(
  keyword: 'seal' | 'kms',
  label: string,
  values: Readonly<Record<string, string | readonly string[]>>,
): string {
  const lines = Object.entries(values).map(([key, value]) => `  ${key} = ${JSON.stringify(value)}\n`);
  return `${keyword} "${label}" {\n${lines.join('')}}\n`;
}
