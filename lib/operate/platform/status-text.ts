import { table } from '../output';
import type { Ending } from './expiry';
import type { NodeResources } from './resources';
import type { EnvironmentStatus, PartStatus, Status } from './status';

const DAY_MS = 86_400_000;

/** A status on one screen. */
export function statusText(
  { versions, parts, environments, vault, certificates, hostCertificates, tokens, leases, warnings, nodes }: Status,
  now: number,
): string {
  const counts = (['running', 'starting', 'stopping', 'stopped'] as const)
    .map((state) => [environments.filter((environment) => environment.state === state).length, state] as const)
    .filter(([count]) => count > 0)
    .map(([count, state]) => `${count} ${state}`);
  return [
    ...table(parts.flatMap(partLines)),
    '',
    ...(environments.length > 0
      ? [`Environments: ${counts.join(', ')}`, ...table(environments.map((one) => environmentLine(one, now)))]
      : ['No environments']),
    '',
    ...(vault
      ? [
          `Vault ${vault.version}, seal ${vault.seal}${vault.sealed.length > 0 ? `, sealed: ${vault.sealed.join(', ')}` : ''}`,
        ]
      : []),
    ...endings('Certificate', certificates, now),
    ...endings('SSH host certificate', hostCertificates, now),
    ...endings('Token', tokens, now),
    ...endings('Lease', leases, now),
    `Kubernetes ${versions.kubernetes}, sandboxctl ${versions.sandboxctl}`,
    ...(nodes ? ['', ...table(nodes.map(nodeLine))] : []),
    ...(nodes?.some(({ cpu }) => cpu.used === undefined)
      ? ['Use is not measured: the cluster has no metrics-server']
      : []),
    ...warnings.map((warning) => `warning: ${warning}`),
  ].join('\n');
}

/** What ends, the first first; what has as long in one line. */
function endings(what: string, all: readonly Ending[], now: number): string[] {
  const groups = new Map<string, string[]>();
  for (const { name, ends } of [...all].sort((a, b) => Date.parse(a.ends) - Date.parse(b.ends))) {
    const left = remaining(ends, now);
    groups.set(left, [...(groups.get(left) ?? []), name]);
  }
  return [...groups].map(([left, names]) => `${what}${names.length > 1 ? 's' : ''} for ${left}: ${names.join(', ')}`);
}

const partLines = ({ name, ready, of, late, images }: PartStatus): string[][] => [
  [ready === of ? 'ok' : '..', name, `${ready}/${of}`, images.join(' ')],
  ...late.map((line) => ['', '', '', line]),
];

const environmentLine = ({ name, state, node, since, hours, stopsAt }: EnvironmentStatus, now: number): string[] => [
  state === 'running' ? 'ok' : state === 'stopped' ? '--' : '..',
  name,
  state,
  [
    since && `for ${lasting(now - Date.parse(since))}`,
    node && `on ${node}`,
    stopsAt && `stops in ${remaining(stopsAt, now)}`,
    state === 'stopped' && hours && `by its working hours, ${hours}`,
  ]
    .filter(Boolean)
    .join(', '),
];

const nodeLine = ({ name, cpu, memory }: NodeResources): string[] => [
  '',
  name,
  ...(
    [
      [cpu, 'CPUs'],
      [memory, 'GiB'],
    ] as const
  ).map(
    ([{ capacity, requested, used }, unit]) =>
      `${used === undefined ? '' : `${used.toFixed(1)} used, `}${requested.toFixed(1)} requested of ${capacity.toFixed(1)} ${unit}`,
  ),
];

function remaining(ends: string, now: number): string {
  const ms = Date.parse(ends) - now;
  return ms < 0 ? 'no time, having ended' : lasting(ms);
}

/** A time in the unit that suits it. */
function lasting(ms: number): string {
  const [count, unit] =
    ms >= 2 * DAY_MS
      ? [ms / DAY_MS, 'days']
      : ms >= 7_200_000
        ? [ms / 3_600_000, 'hours']
        : ms >= 120_000
          ? [ms / 60_000, 'minutes']
          : [ms / 1000, 'seconds'];
  return `${Math.floor(count)} ${unit}`;
}
