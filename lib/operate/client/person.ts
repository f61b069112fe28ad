import { Failure } from '../failure';
import type { Boundary } from './boundary';

/** What of a person's was ended. */
export interface Ended {
  readonly logins: number;
  readonly sessions: number;
}

/** Sessions that are over, or will be at once. */
const OVER = ['terminated', 'canceling'];

/**
 * Ends all logins of a person and every session, as one who may. Logins go first: nobody opens a session meanwhile.
 * @param name as the identity provider calls the person, or Boundary's id
 */
export async function endPerson(boundary: Boundary, name: string): Promise<Ended> {
  const users = await boundary.users();
  // Whom the provider made anew is another one to Boundary, of the same name.
  const ids = users.filter((user) => [user.id, user.name, user.full_name].includes(name)).map(({ id }) => id);
  if (ids.length === 0) throw new Failure(unknown(name, users.length));
  const open = async () =>
    (await boundary.sessions()).filter(({ userId, status }) => ids.includes(userId) && !OVER.includes(status));
  const logins = (await boundary.logins()).filter((login) => ids.includes(login.user_id));
  const before = await open();
  for (const { id } of logins) await boundary.endLogin(id);
  // With its login a session ends by itself, and so may each of these just then.
  let failure: unknown;
  for (const { id } of await open())
    await boundary.endSession(id).catch((error) => {
      failure = error;
    });
  if ((await open()).length > 0) throw failure ?? new Failure(`${name} has opened another session: do it again`);
  return { logins: logins.length, sessions: before.length };
}

const unknown = (name: string, known: number): string =>
  known === 0
    ? 'you may not see who there is: log in as one of boundary.admins'
    : `Boundary knows nobody called ${name}: names are as the identity provider says them, and in "sandboxctl sessions --all"; whoever never logged in has nothing to end`;
