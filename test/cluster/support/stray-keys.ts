import { type Place, strayKeys } from '../../helpers/stray-keys';
import { eventually } from './eventually';
import { type KubeObject, kubectl, list, nameOf } from './kubectl';
import { KEYS } from './vault';

/** Where Vault and its bootstrap could leave a key; other parts' objects hold values of their own. */
const NEAR = ['vault', KEYS.namespace];

const decoded = ({ data = {} }: KubeObject) =>
  Object.values<string>(data)
    .map((value) => Buffer.from(value, 'base64').toString('latin1'))
    .join('\n');

/**
 * Where a key or token of Vault stands and does not belong: in Secrets but the one for the keys, in ConfigMaps, in what
 * Vault says, and in `logs`.
 */
export async function findStrayKeys(known: readonly string[], logs: ReadonlyMap<string, string>): Promise<string[]> {
  const secrets = (await list('secrets')).filter((secret) => nameOf(secret) !== `${KEYS.namespace}/${KEYS.name}`);
  const places: Place[] = [
    ...secrets.map((secret) => ({ name: `Secret ${nameOf(secret)}`, text: decoded(secret), hasOthers: true })),
    ...(await list('configmaps')).map((map) => ({
      name: `ConfigMap ${nameOf(map)}`,
      text: JSON.stringify(Object.values(map.data ?? {}), null, 1).replaceAll('\\n', '\n'),
      hasOthers: !NEAR.includes(map.metadata.namespace),
    })),
    // Killed last of all, it is another one just then.
    {
      name: 'log of vault-0',
      text: await eventually(() => kubectl(['logs', '-n', 'vault', 'vault-0', '-c', 'vault']), 60),
    },
    ...[...logs].map(([name, text]) => ({ name: `log of ${name}`, text })),
  ];
  return strayKeys(places, known);
}

/** The Secrets near Vault, with the names of what they hold. */
export async function secretsNear(): Promise<string[]> {
  const secrets = (await Promise.all(NEAR.map((namespace) => list('secrets', namespace)))).flat();
  return secrets.map((secret) => `${nameOf(secret)}: ${Object.keys(secret.data ?? {}).sort()}`).sort();
}
