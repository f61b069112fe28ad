import * as z from 'zod';
import * as f from '../formats';
import { LAYOUTS } from '../formats/claims';

const STORAGE = 'The volumes of every environment, and /tmp';

const className = f.objectName.describe('StorageClass of the volumes (absent: storageClassName of all)');
const layout = z
  .enum(LAYOUTS)
  .describe('Whether each of the three folders that last has a claim, and so a disk, or one has all of them');
const workspace = f.memory.describe('Size of the volume at /workspace, or of the one claim');
const bashHistory = f.memory.describe('Size of the volume at /commandhistory');
const claudeConfig = f.memory.describe('Size of the volume at /home/node/.claude');
const tmp = f.memory.describe('Size of /tmp, empty after every start, of limits.ephemeralStorage');

/** What environments keep. */
export const storage = z
  .strictObject({
    className: className.optional(),
    layout: layout.default('threeClaims'),
    workspace: workspace.default('10Gi'),
    bashHistory: bashHistory.default('1Gi'),
    claudeConfig: claudeConfig.default('1Gi'),
    tmp: tmp.default('4Gi'),
  })
  .prefault({})
  .describe(STORAGE);

/** What one user has otherwise. */
export const ownStorage = z
  .strictObject({ className, layout, workspace, bashHistory, claudeConfig, tmp })
  .partial()
  .optional()
  .describe(STORAGE);
