import { randomBytes } from 'node:crypto';
import { Browser } from '../support/browser';
import { eventually } from '../support/eventually';
import { KeycloakAdmin } from '../support/keycloak';
import { apply, exec, find, hasten, kubectl, nodeAddress, type Place, podIp } from '../support/kubectl';
import { expectDenied, expectOpen, podOf, probe } from '../support/network';
import { becomesReady, isFound, platform, synthesize } from '../support/platform';
import { makeScratch, removeScratch, scratchPod } from '../support/scratch';
import { served } from '../support/served';

const CONTENT = 'only for those who may';
const SERVER = `require('http').createServer((q, s) => s.end(${JSON.stringify(CONTENT)} + ' ' + q.headers['x-forwarded-preferred-username'])).listen(8080)`;
const environment: Place = { namespace: 'devenv', pod: 'devenv-alice-0', container: 'devenv' };

const present = isFound('oauth2-proxy');
const title = present ? 'web access' : 'web access (skipped: no node has the image of oauth2-proxy)';

(present ? describe : describe.skip)(title, () => {
  const password = randomBytes(12).toString('hex');
  let before: string;
  let web: string;
  let keycloak: string;
  let ca: string;
  let stranger: Place;

  beforeAll(async () => {
    before = await platform();
    const host = await nodeAddress();
    [web, keycloak] = [`https://${host}:30980`, `https://${host}:30880`];
    const folder = await synthesize('web', { access: { nodeAddress: host } });
    await makeScratch();
    expect((await apply(folder)).stderr).not.toMatch(/warning/i);
    [stranger] = await Promise.all([scratchPod('stranger', ['sleep', '3600']), becomesReady(folder, 240)]);
    ca = (await find('configmap', 'platform-bootstrap', 'platform-ca'))?.data['ca.crt'] ?? (await authority());
    const start = ['sh', '-c', 'nohup node -e "$1" >/dev/null 2>&1 </dev/null &', 'sh', SERVER];
    expect((await exec(environment, start)).code).toBe(0);
    const admin = new KeycloakAdmin(keycloak, ca);
    await admin.makeUser('alice', password, []);
    await admin.makeUser('grace', password, ['admins']);
    await admin.makeUser('mallory', password, ['developers']);
  });

  afterAll(async () => {
    await removeScratch();
    await kubectl(['delete', 'namespace', 'web', '--ignore-not-found', '--wait=false']);
    const alice = ['-n', 'devenv', '-l', 'app.kubernetes.io/instance=devenv-alice', '--ignore-not-found'];
    await kubectl(['delete', 'statefulset,service,configmap,secret,poddisruptionbudget,networkpolicy,pvc', ...alice]);
    await apply(before, '--force-conflicts');
    await becomesReady(before, 120);
  });

  const authority = async () =>
    Buffer.from((await find('secret', 'keycloak', 'keycloak-tls')).data['ca.crt'], 'base64').toString();

  // SECURITY.md: "Port 8080 of an environment is closed, until web.enabled"
  test.each([
    ['nothing', {}],
    ['a name in a header', { 'x-forwarded-user': 'alice', 'x-forwarded-preferred-username': 'alice' }],
    ['a token of nobody', { authorization: 'Bearer e30.e30.e30' }],
    ['a cookie of nobody', { cookie: '__Host-devenv-alice=e30=|1|e30=' }],
  ])('with %s instead of a login the proxy sends to the issuer, and shows no content', async (_, headers) => {
    for (const path of ['/', '/index.html?x=1', '/oauth2/../']) {
      const { status, location, text } = await new Browser(ca).send(`${web}${path}`, { headers });
      expect([status, location]).toEqual([302, expect.stringContaining(`${keycloak}/realms/agent-sandbox/`)]);
      expect(text).not.toContain(CONTENT);
    }
  });

  // SECURITY.md: "a person who may use an environment's web server | Can: open it in a browser"
  // SECURITY.md: "The environment's own user gets in, and the groups of environments.access"
  // SECURITY.md: "a person who may use an environment's web server | Cannot: use another environment's"
  test.each(['alice', 'grace'])('%s, who may, gets the content after a login', async (name) => {
    const browser = new Browser(ca);
    await eventually(async () => {
      const { status, text } = await browser.logIn(`${web}/page`, name, password);
      expect([status, text]).toEqual([200, `${CONTENT} ${name}`]);
    }, 20);
  });

  // SECURITY.md: "The environment's own user gets in, and the groups of environments.access"
  test('mallory, who may not, gets none after a login either', async () => {
    const browser = new Browser(ca);
    const { status, text } = await browser.logIn(`${web}/page`, 'mallory', password);
    expect(status).toBe(403);
    expect(text).not.toContain(CONTENT);
    expect((await browser.send(`${web}/page`)).status).not.toBe(200);
  });

  test('a renewed certificate is served at once, by a proxy that starts anew', async () => {
    const serial = async () => (await served(await nodeAddress(), 30980)).serialNumber;
    const before = await serial();
    // As if its time were over: the authority issues another, and until then the proxy has the one of before.
    await kubectl(['delete', 'secret', 'devenv-alice-tls', '-n', 'web']);
    const authority = 'app.kubernetes.io/instance=certificate-authority';
    await kubectl(['delete', 'pod', '-n', 'platform-bootstrap', '-l', authority]);
    await eventually(async () => {
      await hasten('web', '--selector', 'app.kubernetes.io/instance=devenv-alice');
      expect(await serial()).not.toBe(before);
    }, 150);
    const { status } = await new Browser(ca).send(`${web}/`);
    expect(status).toBe(302);
  });

  // SECURITY.md: "The network lets nothing but that proxy reach the port"
  test('port 8080 is open to the proxy, not to a neighbour or another namespace', async () => {
    const address = await podIp('devenv', 'devenv-alice-0');
    const proxy = await probe(await podOf('web', 'devenv-alice'));
    await expectOpen(proxy, address, 8080);
    for (const from of [stranger, { namespace: 'devenv', pod: 'devenv-0', container: 'devenv' }]) {
      await expectDenied(from, address, 8080);
      await expectDenied(from, 'devenv-alice.devenv.svc', 8080);
    }
    // The proxy reaches one environment, and no other.
    await expectDenied(proxy, await podIp('devenv', 'devenv-0'), 8080);
  });
});
