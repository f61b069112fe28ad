/** Unit tests: nothing but Node is needed. */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  // Some run shells, openssl and tar, which take their time on a busy machine.
  testTimeout: 30_000,
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/cluster/'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
  maxWorkers: 2,
};
