const { basename, dirname } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');
const GROUPS = require('./groups');

/** Groups in their order, in each the files by name. */
module.exports = class extends Sequencer {
  sort(tests) {
    const place = ({ path }) => [GROUPS.indexOf(basename(dirname(path))), path];
    return [...tests].sort((a, b) => {
      const [[groupA, pathA], [groupB, pathB]] = [place(a), place(b)];
      return groupA - groupB || (pathA < pathB ? -1 : 1);
    });
  }
};
