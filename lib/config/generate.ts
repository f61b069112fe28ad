import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { reference } from './reference';
import { platformSchema } from './schema';

/** The JSON Schema that editors complete platform.yaml by. */
const jsonSchema = () => ({
  title: 'Agent Sandbox Platform',
  ...z.toJSONSchema(platformSchema, { io: 'input', unrepresentable: 'any' }),
});

/** The generated files by their path in the repository. */
export const generated = (): Record<string, string> => ({
  'platform.schema.json': `${JSON.stringify(jsonSchema(), null, 2)}\n`,
  'docs/REFERENCE.md': reference(),
});

if (require.main === module) {
  const root = join(__dirname, '..', '..');
  for (const [path, text] of Object.entries(generated())) writeFileSync(join(root, path), text);
}
