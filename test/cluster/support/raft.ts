import { eventually } from './eventually';
import type { KubeObject } from './kubectl';
import { status, vault } from './vault';

/** The servers of the platform of three nodes. */
export const PODS = ['vault-0', 'vault-1', 'vault-2'];

/** The leader as one server has it; one that has just come back may know none. */
async function leaderBy(pod: string, token: string): Promise<string | undefined> {
  const { stdout } = await vault('read -field=leader_address sys/leader', token, pod);
  return /vault-\d/.exec(stdout)?.[0];
}

export async function leader(token: string): Promise<string> {
  for (const pod of PODS) {
    const found = await leaderBy(pod, token);
    if (found) return found;
  }
  throw new Error('no server knows a leader');
}

async function peers(token: string): Promise<KubeObject[]> {
  const known = await eventually(() => leader(token), 60);
  const { stdout } = await vault('operator raft list-peers -format=json', token, known);
  return JSON.parse(stdout).data.config.servers;
}

/** Waits until all servers are unsealed, vote and know who leads, and no others: one that joined votes ten seconds later. */
export async function allVote(token: string, pods: readonly string[] = PODS): Promise<void> {
  await eventually(async () => {
    for (const pod of pods) {
      expect(await status(pod)).toMatchObject({ sealed: false });
      expect(await leaderBy(pod, token)).toBeDefined();
    }
    const known = (await peers(token)).map(({ node_id, voter }) => [node_id, voter]);
    expect(known.sort()).toEqual(pods.map((pod) => [pod, true]));
  }, 240);
}
