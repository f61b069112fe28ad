import { VaultCluster } from '../vault/cluster';

/** Engine of the platform's own service accounts. */
const MOUNT = 'platform';

/** Who logs in to Boundary by a password that stands in Vault alone. */
export interface BoundaryAccount {
  readonly name: string;
  readonly password: { readonly mount: string; readonly path: string };
}

/** One of the platform's own accounts. */
export const ownAccount = (name: string): BoundaryAccount => ({
  name,
  password: { mount: MOUNT, path: `boundary/${name}` },
});

/** An agent's account, whose name is none of the platform's own. */
export const agentAccount = (agent: string): BoundaryAccount => ({
  name: `agent-${agent}`,
  password: { mount: MOUNT, path: `boundary/agents/${agent}` },
});

/** Paths of Vault by which a program makes and renews an account's password. */
export const passwordPaths = ({ password: { mount, path } }: BoundaryAccount) => ({
  [`${mount}/data/${path}`]: ['create', 'read', 'update'],
});

/** What a program of the platform that logs in to Vault by its ServiceAccount needs set up there. */
export const programLogin = (name: string, namespace: string, paths: Readonly<Record<string, readonly string[]>>) => ({
  mounts: [{ path: MOUNT, type: 'kv', options: { version: '2' }, description: "the platform's own service accounts" }],
  policies: [{ name, paths }],
  roles: [
    {
      name,
      serviceAccounts: [name],
      namespaces: [namespace],
      audience: VaultCluster.AUDIENCE,
      policies: [name],
      tokenPeriodSec: 900,
    },
  ],
});
