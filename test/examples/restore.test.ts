import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const script = readFileSync(join(resolve(__dirname, '../..'), 'examples/backup/restore'), 'utf8');

// SECURITY.md: "The throw-away Vault that it goes through has a token and a key that live in the memory of that one shell"
test('a restore hands on the keys of its throw-away Vault by pipes alone: in no file, and in no argument', () => {
  const uses = script.split('\n').filter((line) => /\bmade\b/.test(line));
  const [init, ...others] = uses.map((line) => line.trim());
  expect(init).toBe(`made=$(in_vault vault operator init "\${shares[@]}" -format=json </dev/null)`);
  // printf is the shell's own, so that no list of processes has what it writes.
  for (const line of others)
    expect(line).toMatch(
      /^printf '%s' "\$made" \| (jq -r \.root_token|jq -j '[^']*' \| in_vault [^>]* key=- >\/dev\/null)$/,
    );
  expect(others).toHaveLength(2);
  expect(script).toContain('read -r VAULT_TOKEN');
});
