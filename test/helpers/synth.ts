import { App } from 'cdk8s';
import { makePlatform, type PlatformFacts } from '../../lib/charts/platform';
import { renderCharts } from '../../lib/charts/write';
import { type PlatformConfig, parsePlatform } from '../../lib/config';
import type { KubeObject } from './objects';

export interface Synthesized {
  readonly config: PlatformConfig;
  readonly facts: PlatformFacts;
  /** Objects by the file they belong to. */
  readonly files: ReadonlyMap<string, readonly KubeObject[]>;
  readonly objects: readonly KubeObject[];
}

const made = new Map<string, Synthesized>();

/** What a configuration file and an environment give, without writing anything. Once for each in a test file. */
export function synth(text: string, env: Readonly<Record<string, string>> = {}): Synthesized {
  const key = JSON.stringify([text, env]);
  const kept = made.get(key) ?? synthConfig(parsePlatform([{ name: 'platform.yaml', text }], env).config);
  made.set(key, kept);
  return kept;
}

/** The same for a configuration that has been read. */
export function synthConfig(config: PlatformConfig): Synthesized {
  const app = new App();
  const facts = makePlatform(app, config);
  const files = renderCharts(app) as Map<string, KubeObject[]>;
  return { config, facts, files, objects: [...files.values()].flat() };
}
