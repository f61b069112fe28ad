const [, { transform }] = require('./jest.config.js').projects;

/** Tests against the cluster that KUBECONFIG names, one file after the other; .ci/cluster runs them by groups. */
module.exports = {
  transform,
  roots: ['<rootDir>/test/cluster'],
  globalSetup: '<rootDir>/test/cluster/support/setup.ts',
  globalTeardown: '<rootDir>/test/cluster/support/teardown.ts',
  testSequencer: '<rootDir>/test/cluster/support/sequencer.js',
  testTimeout: 320_000,
  // What a failed test leaves open must not keep the run from ending with its counts.
  forceExit: true,
};
