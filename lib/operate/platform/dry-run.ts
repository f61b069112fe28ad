import type { Kubectl } from '../cluster/kubectl';
import { Failure } from '../failure';
import { compare } from './comparison';
import { chartsOf, type Part, type Stack } from './project';
import { manifestsOf, obstacles } from './releases';
import { type Selection, WORKLOADS } from './selection';
import { Terraform } from './terraform';

/** What would change of a part or a stack. */
export interface Difference {
  readonly name: string;
  readonly changes: boolean;
  /** Of a part what changes of its objects, a Secret's values hidden; of a stack as Terraform says it. */
  readonly text: string;
}

/** Compares manifests with what the cluster has, as kubectl would carry them out. */
export const differencesOfParts = (kubectl: Kubectl, { parts }: Pick<Selection, 'parts'>): Promise<Difference[]> =>
  Promise.all(
    parts.map(async ({ name, objects }) => {
      const { text } = await compare(kubectl, objects, { force: false });
      return { name, changes: text !== '', text };
    }),
  );

/** Plans stacks, and compares the objects that they carry with what the cluster has. */
export async function differencesOfStacks(
  kubectl: Kubectl,
  folder: string,
  selection: Selection,
): Promise<Difference[]> {
  const plans = await Promise.all(selection.stacks.map((stack) => plan(stack, folder, selection)));
  const deployed = await manifestsOf(kubectl, selection.stacks);
  const again = await Promise.all(selection.stacks.map((stack) => toMend(kubectl, stack, selection.ownParts)));
  const charts = new Set([...plans.flatMap((one) => one.charts ?? []), ...again.flat()]);
  // Of what cannot be planned yet, all is carried out.
  const isOpen = plans.some((one) => one.charts === undefined);
  const parts = selection.parts.map(async (part): Promise<Difference> => {
    const own = chartsOf(part);
    const before = own.flatMap((chart) => deployed.get(chart) ?? []);
    const { text } = await compare(kubectl, part.objects, { force: true, deployed: before });
    if (text === '') return { name: part.name, changes: false, text };
    return isOpen || own.some((chart) => charts.has(chart)) || own.some((chart) => !deployed.has(chart))
      ? { name: part.name, changes: true, text }
      : { name: part.name, changes: false, text: `${STAYS}\n${text}` };
  });
  return [...plans.map(({ difference }) => difference), ...(await Promise.all(parts))];
}

/** Of objects that somebody changed since. */
const STAYS = '# differs from what was deployed, and stays so: Terraform changes what changed in the files';

/** Charts that are deployed anew, for what somebody removed or an earlier run left half done. */
const toMend = async (kubectl: Kubectl, stack: Stack, parts: readonly Part[]): Promise<string[]> =>
  (await obstacles(kubectl, stack, stack.name === WORKLOADS ? parts : [])).map(({ chart }) => chart);

interface Plan {
  readonly difference: Difference;
  /** Charts that it deploys; absent where it cannot be made before those stacks stand that it needs. */
  readonly charts?: readonly string[];
}

async function plan(stack: Stack, folder: string, selection: Selection): Promise<Plan> {
  const { name, dependencies } = stack;
  const terraform = new Terraform(stack, folder, selection.targetsOf(stack));
  try {
    const { changes, text } = await terraform.plan();
    if (!changes) return { difference: { name, changes, text: '' }, charts: [] };
    return { difference: { name, changes, text }, charts: await terraform.changedCharts() };
  } catch (error) {
    if (dependencies.length === 0 || !(error instanceof Failure) || error.status !== 1) throw error;
    const text = `it can be planned once ${dependencies.join(', ')} stand (${error.message})`;
    return { difference: { name, changes: true, text } };
  }
}
