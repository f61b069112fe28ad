import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import stackTrace = require('cdktf/lib/tokens/private/stack-trace');

import { writeStacks } from '../../lib/stacks/write';
import { type Synthesized, synth } from '../helpers/synth';

// Where a token was made stands in its error messages alone, and takes CDKTF and Jest a fifth of the time.
stackTrace.captureStackTrace = () => [];

export type Json = any;

/** The output of one synth, in a folder of its own. */
export interface Written {
  readonly folder: string;
  readonly stack: (name: string) => Json;
  readonly names: readonly string[];
}

export const written = (text: string, env: Readonly<Record<string, string>> = {}): Written => write(synth(text, env));

/** The stacks of what has been synthesized, in a new folder or over what another synth left. */
export function write(
  { config, facts, files }: Synthesized,
  folder: string = mkdtempSync(join(tmpdir(), 'stacks-')),
  byCommandLine = false,
): Written {
  writeStacks({ config, facts, files, folder, byCommandLine });
  const stack = (name: string) => JSON.parse(readFileSync(join(folder, 'stacks', name, 'cdk.tf.json'), 'utf8'));
  return { folder, stack, names: readdirSync(join(folder, 'stacks')).sort() };
}

/** Switches CDKTF to HCL, as its command line does with --hcl. */
const SWITCH = 'SYNTH_HCL_OUTPUT';

export function inHcl(make: () => Written): Written {
  process.env[SWITCH] = 'true';
  try {
    return make();
  } finally {
    delete process.env[SWITCH];
  }
}

/** Every file below a folder. */
export const texts = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? texts(path) : [readFileSync(path, 'utf8')];
  });
