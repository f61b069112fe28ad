/** The groups of cluster tests, a folder each, in the order of a full run: what takes an empty cluster comes first, then what deploys, and what stays is used. */
module.exports = [
  'first-hour',
  'deploy',
  'ssh',
  'isolation',
  'vault',
  'delivery',
  'vault-kills',
  'boundary',
  'stacks',
  'vso',
  'access',
  'access-kills',
  'nodes',
  'day2',
  'backup',
  'upgrade',
];
