import { type Kubectl, type KubeObject, NO_KIND } from './kubectl';
import { isOurs, OURS } from './labels';
import { kindOf, nameOf } from './names';
import { releaseOf } from './strangers';

/** Of manifests, what a cluster has by their names. */
export interface Standing {
  readonly ours: readonly KubeObject[];
  /** What is of somebody else, as it stands. */
  readonly others: readonly KubeObject[];
}

const LABEL = OURS.split('=')[0];

/**
 * Looks what stands by the names of objects, and whose it is: the platform's is what bears its label, or what a Helm
 * release of its prefix made. Asked for as tables, so that no value of a Secret comes along.
 */
export async function standingOf(
  kubectl: Kubectl,
  objects: readonly KubeObject[],
  prefix = 'agent-sandbox',
): Promise<Standing> {
  const namespaces = [...new Set(objects.map(({ metadata }) => metadata.namespace as string | undefined))];
  const asked = namespaces.map(async (namespace) => {
    const wanted = objects.filter(({ metadata }) => metadata.namespace === namespace);
    const seen = await rowsOf(kubectl, [...new Set(wanted.map(kindOf))], namespace);
    return wanted.flatMap((object) => {
      const isLabelled = seen.get(`${kindOf(object)}/${object.metadata.name}`);
      return isLabelled === undefined ? [] : [{ object, isLabelled }];
    });
  });
  const found = (await Promise.all(asked)).flat();
  const unlabelled = await Promise.all(
    found
      .filter(({ isLabelled }) => !isLabelled)
      .map(({ object }) => kubectl.find(kindOf(object), object.metadata.name, object.metadata.namespace)),
  );
  const others = unlabelled.filter(
    (object) => object && !isOurs(object) && !releaseOf(object.metadata).startsWith(`${prefix}-`),
  );
  const names = new Set(others.map(nameOf));
  return { ours: found.map(({ object }) => object).filter((object) => !names.has(nameOf(object))), others };
}

/** Whether what stands bears the platform's label, by `kind.group/name`. */
async function rowsOf(kubectl: Kubectl, kinds: readonly string[], namespace?: string): Promise<Map<string, boolean>> {
  const where = namespace ? ['--namespace', namespace] : [];
  const how = ['--show-kind', '--no-headers', '--ignore-not-found', '--label-columns', LABEL];
  try {
    const lines = (await kubectl.answer(['get', kinds.join(','), ...where, ...how])).split('\n');
    const rows = lines.map((line) => line.trim().split(/\s+/)).filter(([name]) => name);
    return new Map(rows.map((row) => [row[0], row.at(-1) === OURS.split('=')[1]]));
  } catch (error) {
    if (!NO_KIND.test((error as Error).message)) throw error;
    // Of a kind that the cluster does not know, nothing stands.
    if (kinds.length === 1) return new Map();
    const each = await Promise.all(kinds.map((kind) => rowsOf(kubectl, [kind], namespace)));
    return new Map(each.flatMap((rows) => [...rows]));
  }
}
