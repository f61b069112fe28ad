/** Keycloak's API for administrators, within one realm; the path `''` is the realm itself. Fails unless the answer is a success. */
export type Api = (method: string, path: string, body?: unknown) => Promise<any>;

/** What the client that this logs in as may not do. */
export class Forbidden extends Error {}

type Settings = Readonly<Record<string, string | number | boolean>>;

export interface Realm {
  /** What the platform wants of the realm, by Keycloak's names. */
  readonly settings: Settings;
  /** Names of groups at the top. */
  readonly groups: readonly string[];
  /** The realm's attribute that says which settings the platform gave it last. */
  readonly record: string;
}

/** What the realm says of a setting that nobody has made. */
const isUnsaid = (value: unknown): boolean => value === undefined || value === null || value === '' || value === false;

/** Settings as they were given last; undefined for a realm of before there was a record, and for one that is none. */
function recorded(text: string | undefined): Settings | undefined {
  try {
    const settings = JSON.parse(text ?? '');
    return settings !== null && typeof settings === 'object' ? settings : undefined;
  } catch {
    return undefined;
  }
}

/** Gives a realm what the platform wants otherwise than last time, so that what administrators changed stays as they have it. */
async function keepSettings(api: Api, realm: any, { settings, record }: Realm): Promise<void> {
  const { attributes } = realm;
  const before = recorded(attributes?.[record]);
  const isDue = (key: string) => (before ? before[key] !== settings[key] : isUnsaid(realm[key]));
  const text = JSON.stringify(settings);
  if (attributes?.[record] === text) return;
  const due = Object.entries(settings).filter(([key]) => isDue(key));
  // All attributes: those that are left out would go.
  await api('PUT', '', { ...Object.fromEntries(due), attributes: { ...attributes, [record]: text } });
}

/** The group of that name at the top: a search finds groups below others, too, and shows the one at the top. */
async function groupOf(api: Api, name: string): Promise<{ readonly id: string } | undefined> {
  const found: any[] = await api('GET', `groups?exact=true&search=${encodeURIComponent(name)}`);
  return found.find((group) => group.name === name);
}

/** Makes groups that are not there; none goes, as there may be people in it. @returns those with nobody in them */
async function keepGroups(api: Api, names: readonly string[]): Promise<string[]> {
  const empty: string[] = [];
  for (const name of names) {
    const group = await groupOf(api, name);
    if (!group) await api('POST', 'groups', { name });
    if (!group || (await api('GET', `groups/${group.id}/members?max=1`)).length === 0) empty.push(name);
  }
  return empty;
}

const MAY_NOT =
  'changes of groups and of the realm do not arrive: give the client platform-bootstrap the roles manage-realm and manage-users';

/** Keeps a realm, whenever it was imported, as the platform wants it, as far as it may. @returns what somebody has to see to */
export async function keepRealm(api: Api, wanted: Realm): Promise<string[]> {
  const asFarAsAllowed = (step: () => Promise<string[]>) =>
    step().catch((error) => {
      if (error instanceof Forbidden) return [MAY_NOT];
      throw error;
    });
  const notes = [
    ...(await asFarAsAllowed(async () => {
      const realm = await api('GET', '');
      // Who may not see a realm is told its name alone.
      if (realm.enabled === undefined) return [MAY_NOT];
      await keepSettings(api, realm, wanted);
      return [];
    })),
    ...(await asFarAsAllowed(async () => {
      const empty = await keepGroups(api, wanted.groups);
      return empty.map((name) => `group ${name} has nobody in it`);
    })),
  ];
  return [...new Set(notes)];
}
