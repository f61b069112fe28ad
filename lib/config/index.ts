export { loadPlatform } from './load';
export { parsePlatform } from './parse';
export { ConfigError, formatProblem, type Problem } from './problems';
export type { PlatformConfig, PlatformInput } from './schema';
