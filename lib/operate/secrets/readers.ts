import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { receivers } from './arrival';
import type { SecretStore } from './store';

/** How many are named before the rest is counted. */
const NAMED = 8;

/** What logs in by values of their names, as the environments' image has it. */
const USERS: readonly (readonly [RegExp, string])[] = [
  [/^GITHUB_TOKEN$/, 'git logs in with it'],
  [/^(TFE_TOKEN|TF_TOKEN_.*)$/, 'Terraform logs in with it'],
  [/^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/, 'tools of AWS log in with it'],
];

/** Secrets that all environments have, those later that count more. */
const SHARED = ['devenv-secrets', 'devenv-vault-secrets', 'tfe-dynamic-token'];

/** What is there of a key, and who reads it: a sentence for who is about to take it away. */
export async function readersOf(kubectl: Kubectl, key: string, store: SecretStore, user?: string): Promise<string> {
  const pods = await receivers(kubectl, [key], user);
  const names = pods.map(({ metadata }) => metadata.name).sort();
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const tool = USERS.find(([pattern]) => pattern.test(key.toUpperCase().replaceAll('-', '_')))?.[1];
  const readers = names.length > 0 ? `read in ${names.slice(0, NAMED).join(', ')}${more}` : 'read by nobody now';
  const left = await others(kubectl, key, store, { user, namespace: pods[0]?.metadata.namespace });
  return [
    `${key} of ${store.name} is ${readers}`,
    ...(tool && names.length > 0 ? [tool] : []),
    ...(left ? [`what counts after it is that of Secret ${left}`] : []),
  ].join('; ');
}

/** Another Secret with the key, which environments have once this one is gone. */
async function others(
  kubectl: Kubectl,
  key: string,
  { name: store }: SecretStore,
  { user, namespace }: { readonly user?: string; readonly namespace?: string },
): Promise<string | undefined> {
  if (!namespace) return undefined;
  const secrets = await kubectl.list('secrets', { namespace });
  const isThis = ({ metadata: { name } }: KubeObject) =>
    store.startsWith('Secret ') ? store === `Secret ${namespace}/${name}` : !user && name === 'devenv-vault-secrets';
  const holding = secrets
    .filter(({ metadata, data = {} }) => SHARED.includes(metadata.name) && Object.hasOwn(data, key))
    .filter((secret) => !isThis(secret))
    .sort((a, b) => SHARED.indexOf(a.metadata.name) - SHARED.indexOf(b.metadata.name));
  const last = holding.at(-1);
  return last && `${namespace}/${last.metadata.name}`;
}
