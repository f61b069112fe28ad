import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './platform';
import { must } from './run';

/** The testbed's command, with which nodes lose power and what was killed starts again; its folder as `.ci/cluster` takes it. */
export const TESTBED = join(process.env.TESTBED ?? join(ROOT, '../shared/testbed'), 'testbed');
const HOME = process.env.TESTBED_HOME ?? join(homedir(), '.cache/testbed');
const PID_FILE = join(HOME, 'run/kube-apiserver.pid');

/** Whether the cluster under test is the testbed, on this machine. */
export const mayKillApiServer = process.env.KUBECONFIG === join(HOME, 'kubeconfig') && existsSync(PID_FILE);

/** Kills the API server at once, and waits until another one answers. */
export async function killApiServer(): Promise<void> {
  const [pid] = readFileSync(PID_FILE, 'utf8').split(' ');
  process.kill(Number(pid), 'SIGKILL');
  await must(TESTBED, ['up'], { seconds: 180 });
}
