import { readFileSync } from 'node:fs';
import { apiReport, REPORT } from './report';

test('docs/API.md is what the constructs export; `npm run generate` writes it', () => {
  expect(apiReport()).toBe(readFileSync(REPORT, 'utf8'));
});
