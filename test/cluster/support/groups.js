/** The groups of cluster tests, a folder each, in the order of a full run: what deploys comes first, what stays is used. */
module.exports = [
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
