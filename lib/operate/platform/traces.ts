import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Kubectl } from '../cluster/kubectl';
import type { Stack } from './project';
import { backendOf, isInCluster } from './state-place';
import { Terraform } from './terraform';

/** What a platform leaves beside its objects: a state of Terraform's, or a file of this folder. */
export interface Trace {
  /** As people find it. */
  readonly name: string;
  /** Why it stays whatever becomes of the platform; absent where it goes with it. */
  readonly stays?: string;
  /** Whether it is a file of this machine. */
  readonly isFile: boolean;
  /** How many things it says that stand, for a state. */
  known(): Promise<number>;
  remove(): Promise<void>;
}

/** Folder with what `up` leaves for Terraform and `upgrade` for itself. */
const FOLDER = '.agent-sandbox';
const FILES = ['ca.crt', 'upgrade.json'];

/** All that there is of a platform in a folder and its backend. */
export function tracesOf(kubectl: Kubectl, stacks: readonly Stack[], folder: string): Trace[] {
  const states = stacks.flatMap((stack) => stateOf(kubectl, stack, folder));
  const files = FILES.map((name) => join(FOLDER, name)).filter((name) => existsSync(join(folder, name)));
  return [...states, ...files.map((name) => fileTrace(folder, name))];
}

/** Why a trace stays; undefined where it goes. @param isEmptied whether what it says that stands goes before */
export async function whyStays(trace: Trace, isEmptied = false): Promise<string | undefined> {
  if (trace.stays !== undefined || isEmptied) return trace.stays;
  const known = await trace.known();
  if (known === 0) return undefined;
  return known === 1 ? 'it says that 1 thing still stands' : `it says that ${known} things still stand`;
}

/** Removes those that say of nothing that it stands. @returns why the others stay, a line each */
export async function removeTraces(traces: readonly Trace[]): Promise<string[]> {
  const left: string[] = [];
  for (const trace of traces) {
    const why = await whyStays(trace);
    if (why === undefined) await trace.remove();
    else left.push(`note: ${trace.name} stays: ${why}`);
  }
  return left;
}

function fileTrace(folder: string, name: string): Trace {
  return {
    name,
    isFile: true,
    known: async () => 0,
    remove: async () => {
      rmSync(join(folder, name), { force: true });
      const parent = join(folder, dirname(name));
      if (readdirSync(parent).length === 0) rmdirSync(parent);
    },
  };
}

function stateOf(kubectl: Kubectl, stack: Stack, folder: string): Trace[] {
  const backend = backendOf(stack);
  const [type, config] = backend;
  if (type === 'none') return [];
  if (type === 'local') return fileOfState(stack, config, folder);
  const name = type === 'kubernetes' ? `Secret ${nameOfSecret(config)}` : `the state of ${stack.name}`;
  const known = async () => knownIn(await new Terraform(stack, folder).state());
  // Others' storage has its own ways to keep and forget versions.
  const stays = isInCluster(backend) ? undefined : `it is where terraform.backend says (${type}), empty`;
  return [{ name, stays, isFile: false, known, remove: () => removeSecret(kubectl, config) }];
}

function fileOfState(stack: Stack, { path }: { path: string }, folder: string): Trace[] {
  const file = resolve(stack.folder, path);
  const all = [file, `${file}.backup`, join(dirname(file), `.${basename(file)}.lock.info`)];
  if (!all.some((one) => existsSync(one))) return [];
  return [
    {
      name: relative(folder, file),
      isFile: true,
      known: async () => (existsSync(file) ? knownIn(readFileSync(file, 'utf8')) : 0),
      remove: async () => {
        for (const one of [...all, join(stack.folder, 'sandboxctl.tfplan')]) rmSync(one, { force: true });
      },
    },
  ];
}

const placeOf = ({ namespace = 'default', secret_suffix: suffix }: Record<string, string>) => ({ namespace, suffix });
const nameOfSecret = (config: Record<string, string>): string =>
  `${placeOf(config).namespace}/tfstate-default-${placeOf(config).suffix}`;

/** With its lock, and the parts of a long one. */
async function removeSecret(kubectl: Kubectl, config: Record<string, string>): Promise<void> {
  const { namespace, suffix } = placeOf(config);
  const which = `tfstate=true,tfstateSecretSuffix=${suffix},tfstateWorkspace=default`;
  await kubectl.answer([
    'delete',
    'secrets,leases',
    '--namespace',
    namespace,
    '--selector',
    which,
    '--ignore-not-found',
  ]);
}

/** How many things a state says that stand. */
const knownIn = (state: string): number => managedIn(state).length;

/** Addresses of what a state says that stands. */
export function managedIn(state: string): string[] {
  const resources: { mode: string; type: string; name: string; instances?: unknown[] }[] = state.trim()
    ? (JSON.parse(state).resources ?? [])
    : [];
  return resources
    .filter(({ mode, instances = [] }) => mode === 'managed' && instances.length > 0)
    .map(({ type, name }) => `${type}.${name}`);
}
