import { eventually } from './eventually';
import type { KubeObject } from './kubectl';
import { status, vault } from './vault';

/** The servers of the platform of three nodes. */
export const PODS = ['vault-0', 'vault-1', 'vault-2'];

export async function leader(token: string): Promise<string> {
  for (const pod of PODS) {
    const { stdout } = await vault('read -field=leader_address sys/leader', token, pod);
    const found = /vault-\d/.exec(stdout)?.[0];
    if (found) return found;
  }
  throw new Error('no server knows a leader');
}

async function peers(token: string): Promise<KubeObject[]> {
  const known = await eventually(() => leader(token), 60);
  const { stdout } = await vault('operator raft list-peers -format=json', token, known);
  return JSON.parse(stdout).data.config.servers;
}

/** Waits until all servers are unsealed and vote: one that joined votes ten seconds later. */
export async function allVote(token: string): Promise<void> {
  await eventually(async () => {
    for (const pod of PODS) expect(await status(pod)).toMatchObject({ sealed: false });
    expect((await peers(token)).filter(({ voter }) => voter)).toHaveLength(3);
  }, 240);
}
