import { CLAIMS } from '../../constructs/core/rules/claims';
import { clash, path, type Rule, shared, when } from './contradiction';
import { claimsOf, LAYOUTS, restOf } from './formats/claims';
import { valueAt } from './layers';
import { settings, users } from './people';
import type { PlatformConfig } from './schema';
import { formatPath, type Path } from './words';

/** Tells where the environment stands whose own a claim is. */
function claimOwners(config: PlatformConfig): (claim: string) => Path | undefined {
  const { replicas, storage } = config.environments;
  const owners = new Map(
    users(config).flatMap(({ at, name, user: { claim, storage: own } }) =>
      claimsOf(own.layout, claim ? restOf(claim) : `devenv-${name}-0`).map((one): [string, Path] => [one, at]),
    ),
  );
  const numbered = new RegExp(`^(?:${CLAIMS[storage.layout].join('|')})-devenv-\\d+$`);
  return (claim) => (replicas > 0 && numbered.test(claim) ? path('environments') : owners.get(claim));
}

/** Whose claims are whose, and in which layout. */
export const claimRules: Rule[] = [
  (config) => {
    // Whoever adopts none has one of this name; to adopt it is as if two had said so.
    const own = users(config).flatMap(({ at, name, user: { claim, storage } }) =>
      claim ? [] : [[at, claimsOf(storage.layout, `devenv-${name}-0`)[0]] as const],
    );
    const adopted = users(config).flatMap(({ at, user }) =>
      user.claim ? [[[...at, 'claim'], user.claim] as const] : [],
    );
    return shared([...own, ...adopted], (other) => `is of ${other} already: a claim belongs to one environment`);
  },
  (config, written) => {
    const owner = claimOwners(config);
    return settings(config, written, 'volumes').flatMap(({ at, own }) =>
      own.volumes.flatMap(({ persistentVolumeClaim }, index) => {
        const claim = persistentVolumeClaim?.claimName ?? '';
        const whose = owner(claim);
        const place = [...at, 'volumes', index, 'persistentVolumeClaim', 'claimName'];
        const message = `is a volume of ${formatPath(whose ?? [])} itself: share files by a claim of their own`;
        return whose ? [clash(message, place, whose)] : [];
      }),
    );
  },
  (config) =>
    users(config).flatMap(({ at, user: { claim, storage } }) => {
      const of = LAYOUTS.find((layout) => claim?.startsWith(`${CLAIMS[layout][0]}-`));
      return when(of && of !== storage.layout, () => {
        const message = `given "${claim}", is of the layout ${of}, whose files are not where ${storage.layout} looks for them: set storage.layout: ${of} for this user, or leave it out and restore a backup of its files`;
        return clash(message, [...at, 'claim'], [...at, 'storage', 'layout'], 'environments.storage.layout');
      });
    }),
  (config, { all }) =>
    [{ at: path('environments'), user: config.environments }, ...users(config)].flatMap(({ at, user: { storage } }) =>
      ['bashHistory', 'claudeConfig'].flatMap((folder) => {
        const size = [...at, 'storage', folder];
        return when(storage.layout === 'oneClaim' && valueAt(all, size) !== undefined, () => {
          const message =
            'has no volume of its own in the layout oneClaim: leave it out, and have storage.workspace large enough for all';
          return clash(message, size, [...at, 'storage', 'layout'], 'environments.storage.layout');
        });
      }),
    ),
];
