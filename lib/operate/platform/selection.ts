import type { KubeObject } from '../cluster/kubectl';
import { isEnvironment } from '../cluster/labels';
import { Failure } from '../failure';
import { chartsOf, type Part, Project, type Stack } from './project';
import { prefixOf } from './releases';

const TITLES: Readonly<Record<string, string>> = {
  workloads: 'manifests',
  vault: 'inside Vault',
  boundary: 'inside Boundary',
  delivery: 'secret delivery',
};

/** What people know a stack by. */
export const titleOf = (stack: string): string => TITLES[stack] ?? stack;

/** The stack that carries the same manifests as `dist/`. */
export const WORKLOADS = 'workloads';

/** What of a platform is meant: parts of its manifests and stacks, by their names. */
export class Selection {
  readonly parts: readonly Part[];
  readonly stacks: readonly Stack[];
  /** Whether that is all of it. */
  readonly isWhole: boolean;
  /** Names of all parts and stacks. */
  readonly names: readonly string[];
  private readonly allStacks: readonly Stack[];

  /** Of the platform in a folder, written anew. @param note gets what is to be known of it */
  static async of(
    folder: string,
    {
      only,
      skip,
      note = () => {},
    }: { only?: readonly string[]; skip?: readonly string[]; note?: (text: string) => void } = {},
  ): Promise<Selection> {
    const project = new Project(folder);
    for (const text of await project.synth()) note(text);
    return new Selection(project, only, skip);
  }

  /**
   * @param only names of parts and stacks; none means all
   * @param skip those that are left as they are
   * @throws Failure - for a name that nothing has
   */
  constructor(project: Project, only: readonly string[] = [], skip: readonly string[] = []) {
    const [parts, stacks] = [project.parts(), project.stacks()];
    this.allStacks = stacks;
    this.names = [...new Set([...parts, ...stacks].map(({ name }) => name))];
    const unknown = [...only, ...skip].find((name) => !this.names.includes(name));
    if (unknown !== undefined)
      throw new Failure(`this platform has no part "${unknown}"; it has ${this.names.join(', ')}`);
    const isMeant = ({ name }: { name: string }) => (only.length === 0 || only.includes(name)) && !skip.includes(name);
    this.isWhole = only.length === 0 && skip.length === 0;
    this.parts = parts.filter(isMeant);
    this.stacks = stacks.filter(
      (stack) => isMeant(stack) || (stack.name === WORKLOADS && this.parts.length > 0 && !skip.includes(WORKLOADS)),
    );
  }

  /** What names of the platform's Helm releases begin with, whichever of its parts are meant. */
  get releasePrefix(): string | undefined {
    return prefixOf(this.allStacks);
  }

  /** The parts that nobody's operator is needed for. */
  get ownParts(): Part[] {
    return this.parts.filter(({ needsOperator }) => !needsOperator);
  }

  /** Objects of those. */
  get ownObjects(): KubeObject[] {
    return this.ownParts.flatMap(({ objects }) => objects);
  }

  get objects(): KubeObject[] {
    return this.parts.flatMap(({ objects }) => objects);
  }

  /** Names of the platform's namespaces, as far as they are meant. */
  get namespaces(): string[] {
    return this.objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);
  }

  /** The StatefulSets of environments. */
  get environments(): KubeObject[] {
    return this.objects.filter((object) => isEnvironment(object, 'StatefulSet'));
  }

  /** The image that environments run. @throws Failure - where there are none */
  get environmentImage(): string {
    const [first] = this.environments;
    if (!first) throw new Failure('this platform has no environments');
    return first.spec.template.spec.containers[0].image;
  }

  /** What Terraform carries out of a stack, as its addresses; none means all. */
  targetsOf({ name }: Stack): string[] {
    if (name !== WORKLOADS || this.isWhole) return [];
    return this.ownParts.flatMap(chartsOf).map((chart) => `helm_release.${chart}`);
  }
}
