const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/** What only Jest's own runner has: modules that are replaced, tests beside each other, the tests of a skipped group. */
const OF_JEST = /jest\.mock\(|describeWith\(|concurrent: true/;

const folder = join(__dirname, 'test');
const inSandbox = readdirSync(folder, { recursive: true })
  .filter((file) => file.endsWith('.test.ts') && !file.startsWith('cluster'))
  .map((file) => join(folder, file))
  .filter((file) => OF_JEST.test(readFileSync(file, 'utf8')));

/** Unit tests: nothing but Node is needed. */
module.exports = {
  globalSetup: '<rootDir>/test/helpers/folders.js',
  globalTeardown: '<rootDir>/test/helpers/folders-gone.js',
  testSequencer: '<rootDir>/test/helpers/sequencer.js',
  // No measure of anything: it ends what hangs, and a busy machine takes its time.
  testTimeout: 600_000,
  maxWorkers: 2,
  projects: [
    {
      // Each worker imports a module once for all its files, and in no sandbox: half of the time otherwise.
      runner: 'jest-light-runner',
      roots: ['<rootDir>/test'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/cluster/', ...inSandbox],
      transform: {},
      setupFiles: ['<rootDir>/test/helpers/typescript.mjs'],
      globalSetup: '<rootDir>/test/helpers/hanging.js',
    },
    {
      roots: ['<rootDir>/test'],
      testMatch: inSandbox,
      transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
    },
  ],
};
