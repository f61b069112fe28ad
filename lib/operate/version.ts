// Not imported: the compiler would write another package.json into what it builds.
const { version } = require('../../package.json') as { readonly version: string };

/** The version of this program. */
export const VERSION = version;
