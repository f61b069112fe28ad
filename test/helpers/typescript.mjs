// Compiles what tests import, where no transform of Jest's does.
import 'tsx';
