import { type DumpOptions, dump } from 'js-yaml';

/** As cdk8s writes them; objects are trees, so nothing in them is worth an anchor. */
const OPTIONS: DumpOptions = { lineWidth: -1, noRefs: true, quoteStyle: 'double' };

/** Objects as a stream of YAML documents that parsers of YAML 1.1 and 1.2 read alike. */
export const toYaml = (objects: readonly object[]): string =>
  objects.map((object) => dump(object, OPTIONS)).join('---\n');
