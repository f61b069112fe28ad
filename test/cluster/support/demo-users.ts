import { readFileSync, writeFileSync } from 'node:fs';
import { Browser } from './browser';
import { eventually } from './eventually';
import { find, nodeAddress } from './kubectl';
import { type LogIn, Person } from './person';
import { workFile } from './platform';
import { nodePorts } from './stacks';

/** The user of each group, and what the default grants let its people enter. */
export const DEMO_USERS: readonly (readonly [user: string, environments: readonly string[]])[] = [
  ['demo-admins', ['devenv-0', 'devenv-1']],
  ['demo-developers', ['devenv-0', 'devenv-1']],
  ['demo-readonly', []],
];

const secretOf = async (namespace: string, name: string, key: string): Promise<string> =>
  Buffer.from((await find('secret', namespace, name)).data[key], 'base64').toString();

/** Gives name and password, and nothing else. @throws where that is not the end of it at Keycloak */
const atOnceAt =
  (boundary: string): LogIn =>
  async (url, name, password) => {
    const { url: last, text } = await new Browser(readFileSync(workFile('ca.crt'), 'utf8')).logIn(url, name, password);
    if (!last.startsWith(`${boundary}/`) || last.includes('/authentication-error'))
      throw new Error(`${name} came to ${decodeURIComponent(last)}: ${text.replaceAll(/<[^>]*>|\s+/g, ' ')}`);
    return text;
  };

/** Logs one in on a new machine, with the password that the platform made. @returns the environments that are listed then */
export async function environmentsOf(user: string): Promise<string[]> {
  const boundary = `https://${await nodeAddress()}:${nodePorts('boundary-external')[0]}`;
  writeFileSync(workFile('ca.crt'), await secretOf('boundary', 'boundary-tls', 'ca.crt'));
  const person = new Person(user);
  const password = await secretOf('keycloak', 'keycloak-demo-users', user);
  // People's login waits for the provider for a moment after a deploy.
  await eventually(() => person.logIn(boundary, password, atOnceAt(boundary)), 90);
  const { code, stdout } = await person.sandboxctl('environments');
  expect(code).toBe(0);
  return stdout.split('\n').filter(Boolean).sort();
}
