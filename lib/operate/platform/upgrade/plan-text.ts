import { table } from '../../output';
import type { Plan } from './plan';

const SHOWN = 3;

/** A plan for people: a line for each image, chart and volume, the order, and what has to be known. */
export function planText({ images, charts, volumes, steps, notes }: Plan): string {
  if (steps.length === 0) return 'nothing to upgrade: images, charts, volumes and manifests are as they have to be';
  const rows = [
    ...charts.map(({ name, from, to }) => ['chart', name, `${from ?? 'none'} -> ${to}`]),
    ...images.map(({ workloads, from, to }) => ['image', some(workloads), `${from} -> ${to}`]),
    ...volumes.map(({ namespace, claim, from, to }) => ['volume', `${namespace}/${claim}`, `${from} -> ${to}`]),
  ];
  return [
    ...table(rows),
    `order: ${steps.join(', ')}; then what is inside Vault and Boundary`,
    ...notes.map((note) => `note: ${note}`),
  ].join('\n');
}

const some = (names: readonly string[]): string =>
  names.length > SHOWN ? `${names.slice(0, SHOWN).join(', ')} and ${names.length - SHOWN} more` : names.join(', ');
