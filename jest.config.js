/** Unit tests: nothing but Node is needed. */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  // No measure of anything: it ends what hangs, and a busy machine takes its time.
  testTimeout: 600_000,
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/cluster/'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
  // Each is looked up in Jest's sandbox otherwise, a third of the property test; not those that packages declare anew.
  sandboxInjectedGlobals: ['Array', 'JSON', 'Map', 'Math', 'Object', 'Reflect', 'RegExp', 'Set'],
  // Examples import the library by its name.
  moduleNameMapper: { '^agent-sandbox-platform$': '<rootDir>/constructs' },
  testSequencer: '<rootDir>/test/helpers/sequencer.js',
  maxWorkers: 2,
};
