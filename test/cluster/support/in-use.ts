import { noPlatform } from './platform';
import { makeProject, sandboxctl, succeeds } from './stacks';
import { give } from './versions';

/** Has tests find a platform with one environment and what people keep there, and removes it. @param why nothing is tried here */
export function platformInUse(why: string | undefined, then: () => Promise<unknown>): void {
  beforeAll(async () => {
    if (why) return;
    await noPlatform();
    await makeProject({ environments: { replicas: 1 } });
    await succeeds('up');
    await give();
    await then();
  }, 900_000);

  afterAll(async () => {
    if (!why) await sandboxctl(['down', '--delete-workspaces', '--yes']);
  }, 600_000);
}
