import type { Construct } from 'constructs';
import { type DevEnvStatefulSet, WorkingHours } from '../../constructs';
import { type PlatformConfig, secondsOf } from '../config';

/** Has environments run in the hours that are set, but for those that are stopped or left out. */
export function keepHours(scope: Construct, config: PlatformConfig, sets: readonly DevEnvStatefulSet[]): void {
  const { schedule, users } = config.environments;
  if (!schedule) return;
  const { warning, ...hours } = schedule;
  const namespace = config.namespaces.bootstrap;
  const program = new WorkingHours(scope, 'working-hours', { namespace, warningSec: secondsOf(warning), ...hours });
  const leftOut = Object.entries(users).flatMap(([name, { schedule: own }]) => (own === false ? `devenv-${name}` : []));
  const except = new Set(leftOut);
  for (const set of sets) if (set.replicas > 0 && !except.has(set.name)) program.keep(set);
}
