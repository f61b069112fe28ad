const { default: Sequencer } = require('@jest/test-sequencer');

/** Files that take longest. A fresh clone has no times of earlier runs, and Jest would go by the size of files. */
const LONGEST = ['config/property', 'stacks/hcl', 'stacks/stacks', 'charts/objects', 'operate/terraform'];

const rank = ({ path }) => {
  const found = LONGEST.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
  return found < 0 ? LONGEST.length : found;
};

/** The longest first, so that all workers end at about the same time. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
};
