import type * as z from 'zod/mini';
import { type Answer, call } from '../../../images/bootstrap/src/http';
import { Failure } from '../failure';
import { Unreachable, unreachable } from './address';
import {
  AUTHORIZED,
  BEGUN,
  hostIn,
  LOGGED_IN,
  LOGINS,
  METHODS,
  PAGE,
  read,
  SESSIONS,
  TARGETS,
  USERS,
  VERSIONED,
} from './answers';

export interface Server {
  /** URL of Boundary's API. */
  readonly address: string;
  /** The only authorities that its certificate may be of, in PEM. @default - those that Node.js comes with */
  readonly ca?: string;
}

/** An environment that its user may enter. */
export interface Target {
  readonly id: string;
  readonly name: string;
  /** Name inside the cluster, which its host certificate is for. */
  readonly host: string;
}

/** What opens one connection. */
export interface Authorization {
  readonly sessionId: string;
  readonly token: string;
  /** What Vault made for it, by the names of the credential libraries. */
  readonly credentials: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly host: string;
}

export interface Session {
  readonly id: string;
  /** Whose it is, by the name that the identity provider gives, and by Boundary's id. */
  readonly user: string;
  readonly userId: string;
  readonly target: string;
  readonly status: string;
  readonly since: string;
  readonly until: string;
}

export const LOGIN_AGAIN = 'run sandboxctl login';
const LOGIN_ANEW =
  'it may be too old, or people’s login was changed or switched off meanwhile. Run sandboxctl login again; if that ends in the same way, look at the logs of deployment/boundary-keeper and deployment/boundary-controller';

/** Boundary's API, as one person sees it. */
export class Boundary {
  constructor(
    readonly server: Server,
    private readonly token?: string,
  ) {}

  /** The way for people to log in. */
  async primaryMethod(): Promise<string> {
    const { items } = this.read(METHODS, await this.ok('GET', 'auth-methods?scope_id=global'));
    const method = items.find(({ is_primary: isPrimary, type }) => isPrimary && type === 'oidc');
    if (!method)
      throw new Failure(
        `nobody can log in at ${this.server.address} yet: it waits for the identity provider, look at the log of deployment/boundary-keeper`,
      );
    return method.id;
  }

  /**
   * Begins a login: where the browser has to go, and a function that answers with the token once it has been there.
   * That one fails as `Unreachable` where it may be asked again.
   */
  async beginLogin(method: string): Promise<{ url: string; poll: () => Promise<LoggedIn | undefined> }> {
    const path = `auth-methods/${method}:authenticate`;
    const begin = { command: 'start', type: 'token', attributes: {} };
    const { attributes } = this.read(BEGUN, this.expectLogin(await this.send('POST', path, begin)));
    const poll = async (): Promise<LoggedIn | undefined> => {
      const body = { command: 'token', type: 'token', attributes: { token_id: attributes.token_id } };
      const answer = await this.send('POST', path, body);
      if (answer.status === 202) return undefined;
      const { attributes: got } = this.read(LOGGED_IN, this.expectLogin(answer));
      return { token: got.token, expires: got.expiration_time, userId: got.user_id };
    };
    return { url: attributes.auth_url, poll };
  }

  /** Logs a program in. Returns its token; undefined if that is not its password. */
  async logInByPassword(name: string, password: string): Promise<string | undefined> {
    const { items } = this.read(METHODS, await this.ok('GET', 'auth-methods?scope_id=global'));
    const method = items.find(({ type }) => type === 'password');
    if (!method) throw new Failure(`programs cannot log in at ${this.server.address}: it is no platform's Boundary`);
    const login = { command: 'login', type: 'token', attributes: { login_name: name, password } };
    const answer = await this.send('POST', `auth-methods/${method.id}:authenticate`, login);
    if (answer.status === 401) return undefined;
    return this.read(LOGGED_IN, this.expect(answer, 'the login')).attributes.token;
  }

  /** Environments that the person may enter. */
  async targets(): Promise<Target[]> {
    const { items } = this.read(TARGETS, await this.all('targets'));
    // Roles of one's own may show more than one may enter.
    const mine = items.filter(({ authorized_actions: actions }) => actions.includes('authorize-session'));
    return mine.map(({ id, name, address }) => ({ id, name, host: address }));
  }

  /** Opens a session to an environment, known by its name. */
  async authorize(name: string): Promise<Authorization> {
    const answer = await this.send('POST', `targets/${name}:authorize-session`, {});
    if (answer.status === 403 || answer.status === 404)
      throw new Failure(
        `there is no environment ${name} that you may enter: "sandboxctl environments" lists yours; grants stand in platform.yaml, in environments.users and environments.access`,
      );
    if (/No workers are available/.test(answer.body?.message))
      throw new Failure(
        'Boundary has no worker at this moment: try again soon, or look at its StatefulSet boundary-worker',
      );
    const session = this.read(AUTHORIZED, this.expect(answer, `a session to ${name}`));
    const credentials = Object.fromEntries(
      session.credentials.map(({ credential_source: { name: library }, secret }) => [library, secret.decoded]),
    );
    const { session_id: sessionId, authorization_token: token, endpoint } = session;
    return { sessionId, token, credentials, host: new URL(endpoint).hostname };
  }

  /** Sessions that the person may see: the own ones, or everybody's; those that are over too, for as long as Boundary keeps them. */
  async sessions({ ended = false } = {}): Promise<Session[]> {
    const { items } = this.read(SESSIONS, await this.all('sessions', ended ? '&include_terminated=true' : ''));
    const names = new Map((await this.users()).map(({ id, name, full_name: fullName }) => [id, name ?? fullName]));
    return items.map(({ id, user_id: userId, endpoint, status, created_time: since, expiration_time: until }) => ({
      id,
      user: names.get(userId) ?? userId,
      userId,
      target: hostIn(endpoint).split('.')[0],
      status,
      since,
      until,
    }));
  }

  /** Ends a session at once. */
  async endSession(id: string): Promise<void> {
    const path = `sessions/${id}`;
    const answer = await this.send('GET', path);
    if (answer.status === 403 || answer.status === 404)
      throw new Failure(`there is no session ${id} that you may end: "sandboxctl sessions" lists yours`);
    const { version } = this.read(VERSIONED, this.expect(answer, path));
    const ended = await this.send('POST', `${path}:cancel`, { version });
    if (ended.status === 403) throw new Failure(`you may not end session ${id}: its own person may, and admins`);
    this.expect(ended, `the end of session ${id}`);
  }

  /** People and programs, as far as one may know them. */
  async users(): Promise<z.infer<typeof USERS>['items']> {
    return this.read(USERS, await this.all('users')).items;
  }

  /** Logins that did not end yet, by what Boundary calls whose they are. */
  async logins(): Promise<z.infer<typeof LOGINS>['items']> {
    return this.read(LOGINS, await this.all('auth-tokens')).items;
  }

  /** Ends a login, and with it the sessions that it opened. One that is over is no fault. */
  async endLogin(id: string): Promise<void> {
    const answer = await this.send('DELETE', `auth-tokens/${id}`);
    if (answer.status !== 404) this.expect(answer, `the end of login ${id}`);
  }

  /**
   * Everything of a collection (`targets`) that one may see; who may see nothing is refused the list.
   * @param where what it is in, as a query
   */
  async list(collection: string, where: string): Promise<unknown[]> {
    const items: unknown[] = [];
    for (let next = ''; ; ) {
      const answer = await this.send('GET', `${collection}?${where}${next}`);
      if (answer.status === 403) return [];
      const page = this.read(PAGE, this.expect(answer, collection));
      items.push(...page.items);
      if (page.response_type !== 'delta') return items;
      next = `&list_token=${encodeURIComponent(page.list_token ?? '')}`;
    }
  }

  /** The same, of all scopes. */
  private all = async (collection: string, more = '') => ({
    items: await this.list(collection, `scope_id=global&recursive=true${more}`),
  });

  private read<T extends z.core.$ZodType>(schema: T, body: unknown): z.core.output<T> {
    return read(schema, body, 'Boundary', this.server.address);
  }

  private async ok(method: string, path: string, body?: unknown): Promise<unknown> {
    return this.expect(await this.send(method, path, body), path.split('?')[0]);
  }

  private async send(method: string, path: string, body?: unknown): Promise<Answer> {
    const { address, ca } = this.server;
    const headers = this.token ? { authorization: `Bearer ${this.token}` } : undefined;
    try {
      return await call({ method, url: `${address}/v1/${path}`, ca, headers, body });
    } catch (error) {
      throw new Unreachable(unreachable('Boundary', address, error as NodeJS.ErrnoException));
    }
  }

  private expectLogin(answer: Answer): unknown {
    const said = answer.body?.message ?? `status ${answer.status}`;
    // One that starts, or whatever stands before it.
    if (answer.status >= 500 || (answer.status >= 300 && answer.status < 400))
      throw new Unreachable(`Boundary had no answer to the login (${said})`);
    return this.expect(answer, 'the login', `: ${LOGIN_ANEW}`);
  }

  private expect({ status, body }: Answer, what: string, mend = ''): unknown {
    if (status >= 200 && status < 300) return body;
    if (status === 401 && this.token)
      throw new Failure(`your login is over (it ends after an hour without use, or was ended): ${LOGIN_AGAIN}`);
    throw new Failure(`Boundary refused ${what}: ${body?.message ?? `status ${status}`}${mend}`);
  }
}

export interface LoggedIn {
  readonly token: string;
  readonly expires: string;
  readonly userId: string;
}
