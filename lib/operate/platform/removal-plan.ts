import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { OURS } from '../cluster/labels';
import { nameOf } from '../cluster/names';
import type { Bystanders } from './bystanders';
import { type DownArguments, LEFT, workspacesOf } from './removal-scope';
import { type Selection, titleOf, WORKLOADS } from './selection';
import { Terraform } from './terraform';
import { managedIn, type Trace, whyStays } from './traces';

/** What a removal would do. */
export interface RemovalPlan {
  readonly goes: readonly string[];
  readonly stays: readonly { readonly what: string; readonly why: string }[];
}

export interface Planned {
  readonly given: DownArguments;
  readonly kubectl: Kubectl;
  readonly selection: Selection;
  readonly byTerraform: boolean;
  readonly bystanders: Bystanders;
  /** Namespaces that go with all that is in them. */
  readonly namespaces: readonly string[];
  readonly traces: readonly Trace[];
}

/** Finds out what would go and what would stay, and touches nothing. */
export async function planOf(planned: Planned): Promise<RemovalPlan> {
  const { given, kubectl, selection, bystanders, namespaces, traces, byTerraform } = planned;
  const workspaces = workspacesOf(selection);
  const listed = (kinds: string): Promise<KubeObject[]> =>
    workspaces ? kubectl.list(kinds, { namespace: workspaces, selector: OURS }) : Promise.resolve([]);
  const [noted, left, claims, kept] = await Promise.all([
    byTerraform ? notedOf(planned) : [],
    selection.isWhole && !namespaces.includes(workspaces) ? listed(LEFT) : [],
    listed('persistentvolumeclaims'),
    // What Terraform knows of, it removes.
    Promise.all(traces.map((trace) => whyStays(trace, byTerraform))),
  ]);
  const objects = [...ownOf(planned), ...left.map(nameOf)];
  const going = namespaces.map((name) => `Namespace ${name}, with all that is in it`);
  const files = claims.map(nameOf);
  return {
    goes: [
      ...new Set([
        ...noted,
        ...objects,
        ...going,
        ...(given.deleteWorkspaces ? files : []),
        ...traces.filter((_, index) => kept[index] === undefined).map(({ name }) => name),
      ]),
    ],
    stays: [
      ...(given.deleteWorkspaces ? [] : files.map((what) => ({ what, why: 'files of environments' }))),
      ...bystanders.others.map((object) => ({ what: nameOf(object), why: "somebody else's" })),
      ...keptNamespaces(planned),
      ...traces.flatMap(({ name: what }, index) => {
        const why = kept[index];
        return why === undefined ? [] : [{ what, why }];
      }),
    ],
  };
}

/** Objects of manifests that are there to go by themselves. */
function ownOf({ selection, bystanders, namespaces, byTerraform }: Planned): string[] {
  const parts = byTerraform && !selection.isWhole ? selection.ownParts : selection.parts;
  const meant = new Set(parts.flatMap(({ objects }) => objects.map(nameOf)));
  return bystanders.own
    .filter(({ kind, metadata }) => kind !== 'Namespace' && !namespaces.includes(metadata.namespace))
    .map(nameOf)
    .filter((name) => meant.has(name));
}

const keptNamespaces = ({ selection, bystanders, namespaces }: Planned): RemovalPlan['stays'] =>
  bystanders.own
    .filter(({ kind, metadata }) => kind === 'Namespace' && !namespaces.includes(metadata.name))
    .map((object) => ({
      what: nameOf(object),
      why: selection.isWhole ? 'it holds files of environments' : 'only all parts together take it along',
    }));

/** What Terraform has noted that it made. */
async function notedOf({ selection, given }: Planned): Promise<string[]> {
  const noted = selection.stacks.map(async (stack) => {
    const targets = selection.targetsOf(stack);
    const all = managedIn(await new Terraform(stack, given.folder).state());
    const meant = all.filter((address) => targets.length === 0 || targets.includes(address));
    return meant.map((address) => `${stack.name === WORKLOADS ? WORKLOADS : titleOf(stack.name)}: ${address}`);
  });
  return (await Promise.all(noted)).flat();
}

/** The same in words. */
export const planText = ({ goes, stays }: RemovalPlan): string =>
  [
    ...(goes.length > 0 ? ['goes:', ...goes.map((what) => `- ${what}`)] : ['nothing goes']),
    ...(stays.length > 0 ? ['stays:', ...stays.map(({ what, why }) => `  ${what}: ${why}`)] : []),
  ].join('\n');
