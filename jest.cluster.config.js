/** Tests against the cluster that KUBECONFIG names. */
module.exports = {
  ...require('./jest.config.js'),
  testPathIgnorePatterns: ['/node_modules/'],
  roots: ['<rootDir>/test/cluster'],
  testTimeout: 600_000,
};
