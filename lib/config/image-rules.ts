import { clash, path, type Rule, when } from './contradiction';
import { valueAt } from './layers';
import { BUILT_IMAGE } from './schema/images';
import type { Path } from './words';

/** What is run in its place, where both are written. */
const OTHERS = [path('images.bootstrap'), path('environments.image')];

/** kind has images loaded; other clusters pull them, and who has loaded this one there says so by writing its name. */
export const imageRules: Rule[] = [
  ({ profile, images: { registry } }, { all }) => {
    const named = (at: Path) => valueAt(all, at) !== undefined;
    const isMissing = !named(path('images.devenv')) && !OTHERS.every(named);
    return when(profile !== 'kind' && !registry && isMissing, () => {
      const why = `its default, ${BUILT_IMAGE}, is the one that you build, and no registry has it for the nodes of this cluster (the profile is ${profile})`;
      const mend = `push it to your registry and name it here, such as registry.example.com/devenv:0.1.0; or give images.registry, a mirror that has it; or write ${BUILT_IMAGE} here, where every node has it loaded`;
      return clash(`is missing: ${why}: ${mend}`, 'images.devenv', 'profile');
    });
  },
];
