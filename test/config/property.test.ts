import fc from 'fast-check';
import { ConfigError, formatProblem, parsePlatform } from '../../lib/config';
import { synthConfig } from '../helpers/synth';
import { environment, platformText, validPlatform } from './arbitrary';

const RUNS = 10_000;
/** Of so many accepted configurations one is synthesized; 1 takes two minutes. */
const SYNTHESIZED_EVERY = Number(process.env.SYNTHESIZED_EVERY ?? 10);

const isLine = (text: string) => /^[^\p{Cc}\p{Zl}\p{Zp}]+$/u.test(text);

/** Whether the platform is accepted; refused in any other way than in words, it throws. */
function accepted(text: string, env: Record<string, string>, synthesized: boolean): boolean {
  try {
    const { config, notes } = parsePlatform([{ name: 'platform.yaml', text }], env);
    if (!notes.every(isLine)) throw new Error(`notes over several lines: ${notes}`);
    return !synthesized || synthConfig(config).objects.length > 0;
  } catch (error) {
    const inWords = error instanceof ConfigError && error.problems.length > 0;
    if (inWords && error.problems.map(formatProblem).every(isLine)) return false;
    throw error;
  }
}

test('every configuration is synthesized, or refused in single lines', () => {
  let valid = 0;
  fc.assert(
    fc.property(platformText, environment, (text, env) => {
      if (accepted(text, env, valid % SYNTHESIZED_EVERY === 0)) valid++;
    }),
    { numRuns: RUNS, seed: Number(process.env.SEED ?? 4) },
  );
  expect(valid / RUNS).toBeGreaterThanOrEqual(0.4);
});

test('what is right by construction is accepted', () => {
  fc.assert(
    fc.property(validPlatform, (platform) => {
      parsePlatform([{ name: 'platform.yaml', text: JSON.stringify(platform) }]);
    }),
    { numRuns: 500, seed: Number(process.env.SEED ?? 4) },
  );
});
