import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { isOurs } from '../cluster/labels';
import { nameOf } from '../cluster/names';
import { standingOf } from '../cluster/standing';
import { strangersIn } from '../cluster/strangers';
import { Failure } from '../failure';
import { chartsOf } from './project';
import type { Selection } from './selection';

/** The release with the operator's kinds, as Terraform calls it, and their group. */
const KINDS = 'secrets-operator-kinds';
const GROUP = 'secrets.hashicorp.com';

/** What is somebody else's where a platform is removed. */
export interface Bystanders {
  /** What of the manifests stands and is the platform's. */
  readonly own: readonly KubeObject[];
  /** Objects by names of the platform's, which are left as they are. */
  readonly others: readonly KubeObject[];
  /** What would go along with something of the platform's, and why, a line each; nothing may be touched then. */
  readonly endangered: readonly string[];
}

/**
 * Looks for them.
 * @param released charts that Helm removes, whoever's their objects are by now
 * @param going namespaces that go with all that is in them, unless they are somebody else's
 */
export async function bystandersOf(
  kubectl: Kubectl,
  selection: Selection,
  { released, going }: { readonly released: ReadonlySet<string>; readonly going: readonly string[] },
): Promise<Bystanders> {
  const { releasePrefix: prefix } = selection;
  const { ours, others } = await standingOf(kubectl, selection.objects, prefix);
  const theirs = new Set(others.map(nameOf));
  const standing = (await kubectl.list('namespaces')).map(({ metadata }) => metadata.name);
  const taken = going.filter((name) => standing.includes(name) && !theirs.has(`Namespace ${name}`));
  const [within, ofKinds] = await Promise.all([
    strangersIn(kubectl, taken, prefix),
    released.has(KINDS) ? objectsOfKinds(kubectl, selection.namespaces) : [],
  ]);
  // Helm keeps namespaces.
  const byHelm = selection.parts
    .filter((part) => part.name !== 'namespaces' && chartsOf(part).some((chart) => released.has(chart)))
    .flatMap(({ objects }) => objects.map(nameOf).filter((name) => theirs.has(name)));
  const groups = [
    ['with their namespaces', within],
    ["with the operator's kinds", ofKinds],
    ["with Helm's releases, which know them by their names", byHelm],
  ] as const;
  return {
    own: ours,
    others,
    endangered: groups
      .filter(([, names]) => names.length > 0)
      .map(
        ([how, names]) =>
          `these are not the platform's, and would go ${how}; move or delete them first: ${names.join(', ')}`,
      ),
  };
}

/** @throws Failure - where something of somebody else's would go along: nothing is touched then */
export function expectNoneEndangered({ endangered }: Bystanders): void {
  if (endangered.length > 0) throw new Failure(endangered.join('\n'));
}

/** What people are to know of those that stay, if there are any. */
export const aboutOthers = ({ others }: Bystanders): string[] =>
  others.length === 0
    ? []
    : [
        `note: these have names of the platform's objects and are not its own; they stay: ${others.map(nameOf).join(', ')}`,
      ];

/** Objects of the operator's kinds that others made: nothing would be left that could finish them. */
async function objectsOfKinds(kubectl: Kubectl, own: readonly string[]): Promise<string[]> {
  const listed = ['api-resources', `--api-group=${GROUP}`, '--verbs=list', '--output', 'name'];
  const kinds = (await kubectl.answer(listed)).split('\n').filter(Boolean);
  if (kinds.length === 0) return [];
  return (await kubectl.list(kinds.join(',')))
    .filter((object) => !isOurs(object) || !own.includes(object.metadata.namespace))
    .map(nameOf);
}
