import { filenames, type Kubectl } from '../cluster/kubectl';
import { Failure } from '../failure';
import { lastLines } from '../run';
import type { Part, Stack } from './project';
import type { Selection } from './selection';
import { Terraform } from './terraform';

/** What would change of a part or a stack. */
export interface Difference {
  readonly name: string;
  readonly changes: boolean;
  /** As kubectl or Terraform says it. */
  readonly text: string;
}

/** Compares manifests with what the cluster has. */
export async function differencesOfParts(kubectl: Kubectl, { parts }: Pick<Selection, 'parts'>): Promise<Difference[]> {
  return Promise.all(parts.map((part) => differenceOf(kubectl, part)));
}

async function differenceOf(kubectl: Kubectl, { name, files, objects }: Part): Promise<Difference> {
  const { exitCode, stdout, stderr } = await kubectl.run(['diff', '--server-side', ...filenames(files)]);
  if (exitCode === 0 || exitCode === 1) return { name, changes: exitCode === 1, text: stdout };
  if (/NotFound|no matches for kind/.test(stderr)) {
    const all = objects.map(
      ({ kind, metadata }) => `+ ${kind} ${[metadata.namespace, metadata.name].filter(Boolean).join('/')}`,
    );
    return { name, changes: true, text: all.join('\n') };
  }
  if (/updates to statefulset spec/.test(stderr))
    return { name, changes: true, text: '~ its StatefulSet is made anew, for its volumes' };
  throw new Failure(`${name}: ${lastLines(stderr, 5)}`);
}

/** Plans stacks; one whose predecessors do not stand cannot be planned yet. */
export async function differencesOfStacks(folder: string, selection: Selection): Promise<Difference[]> {
  const plan = async (stack: Stack): Promise<Difference> => {
    try {
      const { changes, text } = await new Terraform(stack, folder, selection.targetsOf(stack)).plan();
      return { name: stack.name, changes, text };
    } catch (error) {
      if (stack.dependencies.length === 0 || !(error instanceof Failure)) throw error;
      return {
        name: stack.name,
        changes: true,
        text: `it can be planned once ${stack.dependencies.join(', ')} stand (${error.message})`,
      };
    }
  };
  return Promise.all(selection.stacks.map(plan));
}
