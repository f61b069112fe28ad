import type { AccessGrant, Path } from '../config';

/** An environment by its name, and that of its user where it has one. */
export interface EnvironmentName {
  readonly name: string;
  readonly user?: string;
}

/** What the configuration grants for environments, and the setting that does: where it is missing, nothing follows. */
export interface Grant<What> {
  readonly to: What;
  /** By the names of their users where they have one, and else by their own. */
  readonly environments: AccessGrant['environments'];
  readonly by: Path;
}

/** Each grant once for each environment that it means, in the order of the environments. */
export function each<What, E extends EnvironmentName>(
  grants: readonly Grant<What>[],
  environments: readonly E[],
): (readonly [What, E])[] {
  const named = new Map(environments.map((environment, index) => [environment.user ?? environment.name, index]));
  return grants.flatMap(({ to, environments: chosen }) =>
    chosen === 'all'
      ? environments.map((environment) => [to, environment] as const)
      : [...new Set(chosen.flatMap((name) => named.get(name) ?? []))]
          .sort((a, b) => a - b)
          .map((index) => [to, environments[index]] as const),
  );
}
