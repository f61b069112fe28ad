import { readFileSync, writeFileSync } from 'node:fs';
import { Browser } from '../support/browser';
import { projectsPlatform } from '../support/day2';
import { eventually } from '../support/eventually';
import { find, nodeAddress } from '../support/kubectl';
import { type LogIn, Person } from '../support/person';
import { workFile } from '../support/platform';
import { missing, nodePorts } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing();
const tried = triedUnless(why);

/** The user of each group, and what the default grants let its people enter. */
const USERS: readonly (readonly [user: string, environments: readonly string[]])[] = [
  ['demo-admins', ['devenv-0', 'devenv-1']],
  ['demo-developers', ['devenv-0', 'devenv-1']],
  ['demo-readonly', []],
];

let boundary: string;

const secretOf = async (namespace: string, name: string, key: string): Promise<string> =>
  Buffer.from((await find('secret', namespace, name)).data[key], 'base64').toString();

/** Gives name and password, and nothing else. @throws where that is not the end of it at Keycloak */
const atOnce: LogIn = async (url, name, password) => {
  const { url: last, text } = await new Browser(readFileSync(workFile('ca.crt'), 'utf8')).logIn(url, name, password);
  if (!last.startsWith(`${boundary}/`) || last.includes('/authentication-error'))
    throw new Error(`${name} came to ${decodeURIComponent(last)}: ${text.replaceAll(/<[^>]*>|\s+/g, ' ')}`);
  return text;
};

beforeAll(async () => {
  if (why) return;
  await projectsPlatform();
  boundary = `https://${await nodeAddress()}:${nodePorts('boundary-external')[0]}`;
  writeFileSync(workFile('ca.crt'), await secretOf('boundary', 'boundary-tls', 'ca.crt'));
}, 900_000);

tried.each(USERS)('%s logs in at once, and sees what its group may enter', async (user, environments) => {
  const person = new Person(user);
  const password = await secretOf('keycloak', 'keycloak-demo-users', user);
  // People's login waits for the provider for a moment after the first deploy.
  await eventually(() => person.logIn(boundary, password, atOnce), 90);
  const { code, stdout } = await person.sandboxctl('environments');
  expect([code, stdout.split('\n').filter(Boolean).sort()]).toEqual([0, environments]);
});
