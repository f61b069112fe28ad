import { createHash } from 'node:crypto';
import type { PlatformConfig } from '../config';
import { admissions, asksOnTheWeb, knowsPeople, type People, type Program, sessions, signers } from './entries';
import { waysIn } from './network';
import { callersOf } from './outside';
import type { Grant } from './relation';
import { ALL, environmentsIn, type IsGiven, type Party, party, type Row, valuesOf } from './row';

/** Nothing but a grant of Boundary's opens the network. */
const FORWARDED = 'for who may forward ports in Kubernetes';
const KINDS = { user: 'person', group: 'group', agent: 'agent' } as const;

/** Rows of a grant: one for all environments, or for each that it names. */
const rowsOf = <What>(
  config: PlatformConfig,
  { to, environments, by }: Grant<What>,
  row: (to: What) => { readonly who: Party; readonly how: string },
): Row[] => environmentsIn(config, environments).map((what) => ({ ...row(to), what, allowed: 'yes', by }));

/** How a program shows who it is. */
const shown = ({ serviceAccount, jwt }: Pick<Program, 'serviceAccount'> & Partial<Program>): string =>
  serviceAccount
    ? `as ServiceAccount ${serviceAccount.namespace}/${serviceAccount.name}`
    : `with a token of ${jwt?.issuer} where ${Object.entries(jwt?.claims ?? {})
        .map(([claim, value]) => `${claim} is ${value}`)
        .join(' and ')}`;

const whoIs = ({ kind, name }: People | Program): Party => party(KINDS[kind], name);

/** By its comment, as people know it, and what no other key has. */
function keyName(line: string): string {
  const [, encoded, ...comment] = line.trim().split(/\s+/);
  const digest = createHash('sha256').update(Buffer.from(encoded, 'base64')).digest('base64').replace(/=+$/, '');
  return [...comment, `SHA256:${digest}`].join(' ');
}

/** Keys that sshd knows, which open nothing without a way there. */
const keys = (config: PlatformConfig, isGiven: IsGiven): Row[] =>
  valuesOf(config, 'sshKeys', isGiven).flatMap(({ to, environments, by }) =>
    to.flatMap((key, index) =>
      rowsOf(config, { to: key, environments, by: [...by, index] }, (line) => ({
        who: party('key', keyName(line)),
        how: `SSH, ${FORWARDED}`,
      })),
    ),
  );

/** By browsers, whom a proxy asks first, or nothing does. */
function onTheWeb(config: PlatformConfig): Row[] {
  if (!config.web.enabled) return [];
  if (asksOnTheWeb(config))
    return admissions(config).flatMap((grant) =>
      rowsOf(config, grant, (to) => ({ who: whoIs(to), how: 'browser, after a login' })),
    );
  const by = ['web', 'authentication'];
  return callersOf(config).rows.map(({ who, how, allowed }) => ({
    ...{ who, what: ALL, allowed, by },
    how: `browser, without a login: ${how}`,
  }));
}

/** Through Boundary, as far as that knows who somebody is. */
function throughBoundary(config: PlatformConfig): Row[] {
  const SSH = 'SSH through Boundary';
  const isOpen = knowsPeople(config);
  return sessions(config).flatMap((grant) =>
    rowsOf(config, grant, (to) => ({ who: whoIs(to), how: to.kind === 'agent' ? `${SSH}, ${shown(to)}` : SSH })).map(
      (row): Row =>
        isOpen || grant.to.kind === 'agent'
          ? row
          : { ...row, how: `${SSH}, where nobody can log in`, allowed: 'no', by: ['keycloak', 'enabled'] },
    ),
  );
}

const signed = (config: PlatformConfig): Row[] =>
  signers(config).flatMap((grant) =>
    rowsOf(config, grant, ({ name, serviceAccount }) => ({
      who: party('signer', name),
      how: `SSH with a certificate of Vault, ${serviceAccount ? shown({ serviceAccount }) : `with the policy platform-ssh.${name}`}, ${FORWARDED}`,
    })),
  );

const opened = (config: PlatformConfig): Row[] =>
  waysIn(config).flatMap(({ peer, ports: [{ port, protocol }], by }) =>
    peer.cidrs.map(
      (cidr): Row => ({ who: party('network', cidr), what: ALL, how: `${protocol} ${port}`, allowed: 'yes', by }),
    ),
  );

/** Who gets into environments. */
export const reachIntoEnvironments = (config: PlatformConfig, isGiven: IsGiven): Row[] => [
  ...throughBoundary(config),
  ...signed(config),
  ...keys(config, isGiven),
  ...onTheWeb(config),
  ...opened(config),
];
