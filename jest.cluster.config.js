/** Tests against the cluster that KUBECONFIG names, one file after the other. */
module.exports = {
  ...require('./jest.config.js'),
  testPathIgnorePatterns: ['/node_modules/'],
  roots: ['<rootDir>/test/cluster'],
  globalSetup: '<rootDir>/test/cluster/support/setup.ts',
  testSequencer: '<rootDir>/test/cluster/support/sequencer.js',
  testTimeout: 320_000,
  // What a failed test leaves open must not keep the run from ending with its counts.
  forceExit: true,
};
