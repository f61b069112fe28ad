import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TESTS = join(__dirname, '..');

// Files of a worker share the modules that they import: what one replaces would be replaced for others.
test('a file that replaces a method gives it back', () => {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
  const replacing = files.filter((name) => {
    const text = readFileSync(join(TESTS, name), 'utf8');
    return /jest\.spyOn\(/.test(text) && !/restoreAllMocks|mockRestore/.test(text);
  });
  expect(replacing).toEqual([]);
});
