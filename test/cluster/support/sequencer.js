const { default: Sequencer } = require('@jest/test-sequencer');

/** Files in the order of their names: what deploys comes first. */
module.exports = class extends Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => (a.path < b.path ? -1 : 1));
  }
};
