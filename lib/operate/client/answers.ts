// Of a size that ssh can wait for, once it is bundled.
import * as z from 'zod/mini';
import { Unreachable } from './address';

/** A list that the API leaves out where it is empty. */
const listOf = <T extends z.core.SomeType>(item: T) => z._default(z.array(item), []);

/** What is read of the API's answers; there is more in each. */
export const METHODS = z.object({
  items: listOf(z.object({ id: z.string(), type: z.string(), is_primary: z.optional(z.boolean()) })),
});
export const BEGUN = z.object({ attributes: z.object({ token_id: z.string(), auth_url: z.string() }) });
export const LOGGED_IN = z.object({
  attributes: z.object({ token: z.string(), expiration_time: z.string(), user_id: z.string() }),
});
const TARGET = z.object({
  id: z.string(),
  name: z.string(),
  address: z.string(),
  authorized_actions: listOf(z.string()),
});
export const TARGETS = z.object({ items: listOf(TARGET) });
export const AUTHORIZED = z.object({
  session_id: z.string(),
  authorization_token: z.string(),
  endpoint: z.url(),
  credentials: listOf(
    z.object({
      credential_source: z.object({ name: z.string() }),
      secret: z.object({ decoded: z.record(z.string(), z.unknown()) }),
    }),
  ),
});
const SESSION = z.object({
  id: z.string(),
  user_id: z._default(z.string(), ''),
  endpoint: z.string(),
  status: z.string(),
  created_time: z.string(),
  expiration_time: z.string(),
});
export const SESSIONS = z.object({ items: listOf(SESSION) });
/** A part of a list; there are more while it is a "delta". */
export const PAGE = z.object({
  items: listOf(z.unknown()),
  response_type: z.optional(z.string()),
  list_token: z.optional(z.string()),
});
export const VERSIONED = z.object({ version: z.number() });
export const USER = z.object({ id: z.string(), name: z.optional(z.string()), full_name: z.optional(z.string()) });
export const USERS = z.object({ items: listOf(USER) });
export const LOGIN = z.object({ id: z.string(), user_id: z._default(z.string(), '') });
export const LOGINS = z.object({ items: listOf(LOGIN) });

/**
 * What a server's answer says. @throws Unreachable for one that is none of its own, as a proxy gives
 * @param server and its address, for who reads it
 */
export function read<T extends z.core.$ZodType>(
  schema: T,
  body: unknown,
  server: string,
  address: string,
): z.core.output<T> {
  const { success, data } = z.safeParse(schema, body);
  if (success) return data;
  throw new Unreachable(
    `what answers at ${address} does not speak as ${server} does: is the address right, and nothing in between, such as a proxy or a network that wants a login of its own?`,
  );
}

/** Name of a machine that Boundary leads to. Whatever stands there where it is no address: it is one of many in a list. */
export const hostIn = (endpoint: string): string => (URL.canParse(endpoint) && new URL(endpoint).hostname) || endpoint;
