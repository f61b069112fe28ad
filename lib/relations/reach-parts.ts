import type { PlatformConfig } from '../config';
import { knowsPeople } from './entries';
import { servers } from './outside';
import { party, type Row } from './row';

/** Groups that see what others do, and enter nothing by that. */
function oversight(config: PlatformConfig): Row[] {
  const { enabled, admins, auditors } = config.boundary;
  // Without Vault nothing has the account that would set them up.
  if (!enabled || !config.vault.enabled || !knowsPeople(config)) return [];
  const groups = { admins, auditors };
  const HOW = { admins: "sees everybody's sessions, and ends them and logins", auditors: "sees everybody's sessions" };
  return (['admins', 'auditors'] as const).flatMap((list) =>
    groups[list].map((name, index) => ({
      who: party('group', name),
      what: party('part', "Boundary's sessions"),
      how: HOW[list],
      allowed: 'yes',
      by: ['boundary', list, index],
    })),
  );
}

/** Users for trying out, each in a group of which the rest follows. */
const demoUsers = ({ keycloak: { enabled, demoUsers: wanted, groups } }: PlatformConfig): Row[] =>
  enabled && wanted
    ? groups.map((name) => ({
        who: party('person', `demo-${name}`),
        what: party('group', name),
        how: 'is a member in Keycloak',
        allowed: 'yes',
        by: ['keycloak', 'demoUsers'],
      }))
    : [];

function metrics({ vault }: PlatformConfig): Row[] {
  const { namespace, podLabels } = vault.metrics;
  if (!vault.enabled || !namespace) return [];
  const labels = Object.entries(podLabels).map(([key, value]) => `${key}=${value}`);
  const pods = labels.length > 0 ? `pods with ${labels.join(' and ')}` : 'every pod';
  return [
    {
      who: party('network', `namespace ${namespace}`),
      what: party('part', 'Vault'),
      how: `metrics, TCP 8202, ${pods}`,
      allowed: 'yes',
      by: ['vault', 'metrics', 'namespace'],
    },
  ];
}

/** Who reaches the platform's own servers, besides environments and each other. */
export const reachOfParts = (config: PlatformConfig): Row[] => [
  ...servers(config).flatMap(({ name, callers }) => callers.rows.map((row) => ({ ...row, what: party('part', name) }))),
  ...metrics(config),
  ...oversight(config),
  ...demoUsers(config),
];
