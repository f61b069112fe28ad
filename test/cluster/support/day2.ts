import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Inventory } from '../../helpers/contents';
import { inventoryBefore } from './inventory';
import { noPlatform, workFile } from './platform';
import { makeProject, sandboxctl } from './stacks';

/** File with the inventory of the cluster before the project's platform. */
const BEFORE = 'before-day2.json';

/** A cluster without the platform, and a project that has none there yet. */
export async function emptyCluster(): Promise<void> {
  await noPlatform();
  writeFileSync(workFile(BEFORE), JSON.stringify(await inventoryBefore()));
  // Demo users come with the realm, and so with the first deploy alone.
  await makeProject({ environments: { replicas: 2 }, keycloak: { demoUsers: true } });
}

/** The project's platform, which the file of tests before may have left. @returns what was in the cluster before it */
export async function projectsPlatform(): Promise<Inventory> {
  if (!existsSync(workFile(BEFORE))) await emptyCluster();
  const { code, stderr } = await sandboxctl(['up']);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  return JSON.parse(readFileSync(workFile(BEFORE), 'utf8'));
}
