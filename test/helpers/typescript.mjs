// Compiles what tests import, where no transform of Jest's does.
import { register as forRequire } from 'tsx/cjs/api';
import { register as forImport } from 'tsx/esm/api';

forRequire();
forImport();
