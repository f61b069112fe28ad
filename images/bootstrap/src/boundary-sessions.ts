import { type Api, list } from './boundary-api';
import { log } from './program';

/** What Boundary says of a session. */
interface Session {
  readonly id: string;
  readonly version: number;
  readonly user_id: string;
  readonly target_id: string;
  readonly status: string;
  readonly scope_id: string;
  readonly scope?: { readonly parent_scope_id?: string };
}

interface Grant {
  readonly ids?: readonly string[];
  readonly type?: string;
  readonly actions?: readonly string[];
}

const EVERYWHERE = { scope_id: 'global', recursive: 'true' };
const OPEN = ['pending', 'active'];

/** Whether a grant lets its principals open sessions to a target. */
export function opens({ ids = [], type, actions = [] }: Grant, target: string): boolean {
  const isMeant = ids.includes(target) || (ids.includes('*') && (type === 'target' || type === '*'));
  return isMeant && ['authorize-session', '*'].some((action) => actions.includes(action));
}

/** Whether a role's grants count where a session is. */
export function reaches(
  { scope_id: own, grant_scope_ids: ids = ['this'] }: { scope_id: string; grant_scope_ids?: readonly string[] },
  { scope_id: project, scope }: Pick<Session, 'scope_id' | 'scope'>,
): boolean {
  const parent = scope?.parent_scope_id;
  return ids.some(
    (id) =>
      id === project ||
      (id === 'this' && own === project) ||
      (id === 'children' && own === parent) ||
      (id === 'descendants' && (own === 'global' || own === parent)),
  );
}

/** Roles by their id, read again when they have another version. */
export type Roles = Map<string, any>;

async function readRoles(api: Api, known: Roles): Promise<any[]> {
  const listed = await list(api, 'roles', EVERYWHERE);
  for (const { id, version } of listed)
    if (known.get(id)?.version !== version) known.set(id, await api('GET', `roles/${id}`));
  return listed.map(({ id }) => known.get(id));
}

/** Every principal that a user is: itself, its groups, and those of the identity provider. */
async function principalsOf(api: Api, user: string, groups: readonly any[]): Promise<Set<string>> {
  const { account_ids: accounts = [] } = await api('GET', `users/${user}`);
  const managed = await Promise.all(
    accounts.map(async (id: string) => (await api('GET', `accounts/${id}`)).managed_group_ids),
  );
  const own = groups.filter(({ member_ids: members = [] }) => members.includes(user)).map(({ id }) => id);
  return new Set([user, 'u_auth', 'u_anon', ...own, ...managed.flatMap((ids = []) => ids)]);
}

/** Open sessions of people whom no role lets open them any more. */
async function unfounded(api: Api, known: Roles): Promise<Session[]> {
  const sessions: Session[] = (await list(api, 'sessions', EVERYWHERE)).filter(({ status }) => OPEN.includes(status));
  if (sessions.length === 0) return [];
  const roles = await readRoles(api, known);
  const listed = await list(api, 'groups', EVERYWHERE);
  const groups = await Promise.all(listed.map(({ id }) => api('GET', `groups/${id}`)));
  const principals = new Map<string, Set<string>>();
  for (const { user_id: user } of sessions)
    if (!principals.has(user)) principals.set(user, await principalsOf(api, user, groups));
  return sessions.filter((session) => {
    const isOwn = (id: string) => principals.get(session.user_id)?.has(id) ?? false;
    const own = roles.filter((role) => (role.principal_ids ?? []).some(isOwn) && reaches(role, session));
    return !own.some((role) => (role.grants ?? []).some(({ json }: { json: Grant }) => opens(json, session.target_id)));
  });
}

/** A role may be gone for so long while it is replaced. */
const REPLACED_MS = 8000;

/**
 * Ends sessions that have not been granted for a while. `since` holds when each was first seen without a grant.
 * Returns that of this round.
 */
export async function endUnfounded(
  api: Api,
  known: Roles,
  since: ReadonlyMap<string, number>,
  now = Date.now(),
): Promise<Map<string, number>> {
  const found = await unfounded(api, known);
  for (const { id, version } of found) {
    if (now - (since.get(id) ?? now) < REPLACED_MS) continue;
    await api('POST', `sessions/${id}:cancel`, { version });
    log(`ended session ${id}: it is no longer granted`);
  }
  return new Map(found.map(({ id }) => [id, since.get(id) ?? now]));
}
