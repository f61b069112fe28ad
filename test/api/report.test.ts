import { readFileSync } from 'node:fs';
import { apiReport, REPORT, withoutPrivate } from './report';

test('docs/API.md is what the constructs export; `npm run generate` writes it', () => {
  expect(apiReport()).toBe(readFileSync(REPORT, 'utf8'));
});

test('private members are left out with their comments, and nothing else', () => {
  const text = [
    'export declare class A {',
    '    /** Kept. */',
    '    readonly a: string;',
    '    /**',
    '     * Of b.',
    '     */',
    '    private readonly b;',
    '    private get c();',
    '    private constructor();',
    '    /** Kept. */',
    '    d(): void;',
    '    private static e;',
    '    protected readonly private: boolean;',
    '}',
  ];
  expect(withoutPrivate(text.join('\n')).split('\n')).toEqual([0, 1, 2, 8, 9, 10, 12, 13].map((line) => text[line]));
});
