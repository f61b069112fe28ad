import type { ListrTask } from 'listr2';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import type { Difference } from './dry-run';
import type { Order } from './order';
import { grow, type StorageChange, storageChange } from './storage';
import { aboutDeparture, type Departure, departureOf, takeOut } from './vault-servers';

/** What an `up` has to do before it deploys workloads. */
export interface Preparation {
  readonly storage: StorageChange;
  /** Absent where no server of Vault leaves. */
  readonly departure?: Departure;
}

/** Names of its steps, which workloads come after. */
export const PREPARATIONS = ['storage', 'servers'] as const;

/** @throws Failure - for what volumes cannot become, and Vault's servers */
export async function preparationOf(
  kubectl: Kubectl,
  objects: readonly KubeObject[],
  options?: Parameters<typeof storageChange>[2],
): Promise<Preparation> {
  const [storage, departure] = await Promise.all([
    storageChange(kubectl, objects, options),
    departureOf(kubectl, objects),
  ]);
  return { storage, departure };
}

/** Volumes that become larger or others, and servers that leave, if there are any. */
export function differencesOfPreparation({ storage: { growths, anew }, departure }: Preparation): Difference[] {
  const others = anew.filter(({ endsPods }) => endsPods).map(({ set }) => set.metadata);
  const lines = [
    ...growths.map(({ namespace, claim, from, to }) => `~ ${namespace}/${claim}: ${from} -> ${to}`),
    ...others.map(
      ({ namespace, name }) => `~ ${namespace}/${name}: other volumes; those of before stay, with what is in them`,
    ),
    ...(departure?.claims.map((claim) => `- ${departure.namespace}/${claim}`) ?? []),
  ];
  const servers = departure ? [{ name: 'servers', changes: true, text: aboutDeparture(departure) }] : [];
  return [...(lines.length > 0 ? [{ name: 'volumes', changes: true, text: lines.join('\n') }] : []), ...servers];
}

export interface PreparationOptions {
  readonly kubectl: Kubectl;
  /** Seconds that volumes may take. */
  readonly timeoutSec: number;
  readonly signal: AbortSignal;
}

/** What there is to do, each a step by its name. */
export function preparationTasks(
  { storage: { growths }, departure }: Preparation,
  { kubectl, timeoutSec, signal }: PreparationOptions,
): { readonly name: string; task(order: Order): ListrTask }[] {
  const [storage, servers] = PREPARATIONS;
  const task = (name: string, title: string, work: (tell: (text: string) => void) => Promise<void>) => ({
    name,
    task: (order: Order): ListrTask => ({
      title,
      task: (_, listed) =>
        order.run(name, [], () =>
          work((text) => {
            listed.output = text;
          }),
        ),
    }),
  });
  const larger = `${growths.length === 1 ? '1 volume' : `${growths.length} volumes`} larger`;
  return [
    ...(growths.length > 0
      ? [task(storage, larger, (tell) => grow(kubectl, growths, { timeoutSec, signal, tell }))]
      : []),
    ...(departure
      ? [
          task(servers, `${departure.leaving.join(', ')} out of Vault's cluster`, (tell) =>
            takeOut(kubectl, departure, { signal, tell }),
          ),
        ]
      : []),
  ];
}
