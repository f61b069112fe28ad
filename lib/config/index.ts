export { balancerOf, granted, keepsSources } from './access';
export { secondsOf } from './formats/quantity';
export { loadPlatform } from './load';
export { type LoadedPlatform, parsePlatform } from './parse';
export { ConfigError, formatProblem, type Problem } from './problems';
export type {
  AccessGrant,
  EnvironmentSettings,
  Environments,
  Images,
  PlatformConfig,
  PlatformInput,
  UserEnvironment,
  Volume,
} from './schema';
export { formatPath, neighbour, type Path } from './words';
export type { TextSource } from './yaml';
