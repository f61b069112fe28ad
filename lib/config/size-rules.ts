import { annotationBytes, MOST_ANNOTATION_BYTES } from '../../constructs/core/rules/annotations';
import { atMirror, LONGEST_IMAGE_PATH, splitImage } from '../../constructs/core/rules/images';
import { type Contradiction, clash, path, type Rule } from './contradiction';
import { valueAt } from './layers';
import { formatPath, type Path } from './words';

/** Room for annotations of the platform's own, and of who applies its objects. */
const OWN_BYTES = 4096;
const MOST_BYTES = MOST_ANNOTATION_BYTES - OWN_BYTES;

/** Every map of annotations, with its place. */
function annotationsIn(value: unknown, at: Path = []): [Path, Record<string, string>][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]): [Path, Record<string, string>][] =>
    /^(annotations|\w+Annotations)$/.test(key) ? [[[...at, key], item ?? {}]] : annotationsIn(item, [...at, key]),
  );
}

/** Those of pods stand alone; others have the common ones beside them. */
const isOfPods = (at: Path): boolean => at[0] === 'environments' && at.at(-1) === 'annotations';

/** Images that are named, with their places. */
function imagesIn({ images, environments }: Parameters<Rule>[0]): [Path, string][] {
  const { registry: _, pullPolicy: __, pullSecrets: ___, ...named } = images;
  const users = Object.entries(environments.users);
  return [
    ...Object.entries(named).map(([key, image]): [Path, string] => [['images', key], image]),
    [path('environments.image'), environments.image],
    ...users.map(([name, { image }]): [Path, string] => [['environments', 'users', name, 'image'], image]),
  ];
}

/** What becomes too long only together with something else. */
export const sizeRules: Rule[] = [
  (config, { all }) => {
    const common = annotationBytes(config.annotations);
    return annotationsIn(config).flatMap(([at, annotations]): Contradiction[] => {
      // What a user has from all environments is said there.
      if (!valueAt(all, at)) return [];
      const isAlone = common === 0 || at.length === 1 || isOfPods(at);
      const bytes = annotationBytes(annotations) + (isAlone ? 0 : common);
      if (bytes <= MOST_BYTES) return [];
      const together = isAlone ? '' : ' with the common ones';
      const message = `must be at most ${MOST_BYTES} bytes, keys and values in all, not ${bytes}${together}: the API server takes 256 KiB for an object, and the platform's own need some of them`;
      return [clash(message, at, ...(isAlone ? [] : ['annotations']))];
    });
  },
  (config) => {
    const { registry } = config.images;
    const lengthOf = (image: string) => splitImage(atMirror(registry, image)).path.join('/').length;
    const long = imagesIn(config).find(([, image]) => registry && lengthOf(image) > LONGEST_IMAGE_PATH);
    if (!long) return [];
    const [at, image] = long;
    const message = `makes ${lengthOf(image)} characters of the path of ${formatPath(at)}, and must leave it at most ${LONGEST_IMAGE_PATH}: shorten one of them`;
    return [clash(message, 'images.registry', at)];
  },
];
