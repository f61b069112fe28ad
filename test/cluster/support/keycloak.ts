import { Browser, type Page } from './browser';
import { exec, list } from './kubectl';

/** Keycloak as its administrator uses it. */
export class KeycloakAdmin {
  private readonly browser: Browser;
  /** No other than this one's: those of other files may be there. */
  private readonly client = `test-${Date.now()}`;
  private secret?: string;

  constructor(
    private readonly url: string,
    ca: string,
  ) {
    this.browser = new Browser(ca);
  }

  /** Asks the API of administrators about the realm; the path `''` is the realm itself. */
  async call(method: string, path: string, body?: object): Promise<any> {
    const headers = { authorization: `Bearer ${await this.token()}`, 'content-type': 'application/json' };
    const url = `${this.url}/admin/realms/agent-sandbox${path && `/${path}`}`;
    return ok(await this.browser.send(url, { method, headers, body: body && JSON.stringify(body) }), path);
  }

  /** A person of the realm; one of that name is there anew. */
  async makeUser(username: string, password: string, groups: readonly string[]): Promise<void> {
    for (const { id } of await this.call('GET', `users?exact=true&username=${username}`))
      await this.call('DELETE', `users/${id}`);
    await this.call('POST', 'users', {
      username,
      enabled: true,
      email: `${username}@example.com`,
      emailVerified: true,
      firstName: username,
      lastName: 'Test',
      groups: groups.map((name) => `/${name}`),
      credentials: [{ type: 'password', value: password, temporary: false }],
    });
  }

  private async token(): Promise<string> {
    this.secret ??= await makeAdministrator(this.client);
    const form = { grant_type: 'client_credentials', client_id: this.client, client_secret: this.secret };
    const answer = await this.browser.send(`${this.url}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    });
    return ok(answer, 'token').access_token;
  }
}

/** Makes an administrator, as docs/OPERATIONS.md does. Returns its secret. */
async function makeAdministrator(client: string): Promise<string> {
  const secret = `${Math.random()}`;
  const [pod] = await list('pods', 'keycloak', '-l', 'app.kubernetes.io/instance=keycloak');
  const place = { namespace: 'keycloak', pod: pod.metadata.name };
  const script = `read -r SECRET; export SECRET JAVA_OPTS_KC_HEAP=-Xmx192m KC_HTTP_MANAGEMENT_PORT=9001
    exec /opt/keycloak/bin/kc.sh bootstrap-admin service --optimized --client-id=${client} --client-secret:env=SECRET`;
  const { code, stdout, stderr } = await exec(place, ['sh', '-c', script], { input: `${secret}\n` });
  if (code !== 0) throw new Error(`kc.sh bootstrap-admin: ${stdout}${stderr}`);
  return secret;
}

function ok({ status, text }: Page, what: string): any {
  if (status >= 300) throw new Error(`${what}: ${status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}
