const { chmodSync, mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const LEFT = 'TEST_FOLDERS';

/** All that tests leave in folders for a while is in one, which goes with the run: a run of all leaves hundreds. */
module.exports = () => {
  if (process.env[LEFT]) return;
  // Short, since sockets are in there, too.
  process.env.TMPDIR = mkdtempSync(join(tmpdir(), 'tests-'));
  // Databases and sshd run as users of their own.
  chmodSync(process.env.TMPDIR, 0o755);
  process.env[LEFT] = process.env.TMPDIR;
};

module.exports.remove = () => {
  if (process.env[LEFT]) rmSync(process.env[LEFT], { recursive: true, force: true });
};
