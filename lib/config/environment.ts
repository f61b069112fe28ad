import type { Assignment, Env } from './dotenv';
import { intoVault } from './formats/secrets';
import { type Layer, merge, type Tree, valueAt } from './layers';
import type { Problem } from './problems';
import { neighbour, show } from './words';

type Value = string | number | boolean | undefined;

/** What a key of the environment sets. */
export interface EnvironmentKey {
  /** The setting, dotted. */
  readonly path: string;
  /** The setting's value, undefined to leave it alone; throws RangeError with what is allowed. */
  readonly parse: (value: string) => Value;
}

const BOOLEANS: Record<string, boolean> = { true: true, 1: true, yes: true, false: false, 0: false, no: false };

function boolean(value: string): boolean {
  const word = value.toLowerCase();
  if (Object.hasOwn(BOOLEANS, word)) return BOOLEANS[word];
  throw new RangeError('must be true or false (or 1, 0, yes, no)');
}

function count(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new RangeError('must be a whole number');
}

const text = (path: string): EnvironmentKey => ({ path, parse: (value) => value });
const number = (path: string): EnvironmentKey => ({ path, parse: count });
const flag = (path: string): EnvironmentKey => ({ path, parse: boolean });
const url = (path: string): EnvironmentKey => ({
  path,
  parse: (value) => (value.includes('://') ? value : `https://${value}`),
});
/** DEPLOY_X decides either way, SKIP_X only leaves out. */
const deploy = (path: string, on: Value = true, off: Value = false): EnvironmentKey => ({
  path,
  parse: (value) => (boolean(value) ? on : off),
});
const skip = (path: string, off: Value = false): EnvironmentKey => ({
  path,
  parse: (value) => (boolean(value) ? off : undefined),
});

/** Where two keys set the same, the later one wins. */
export const ENVIRONMENT_KEYS: Readonly<Record<string, EnvironmentKey>> = {
  KUBE_CONTEXT: text('terraform.kubeContext'),
  DEVENV_NAMESPACE: text('namespaces.environments'),
  VAULT_NAMESPACE: text('namespaces.vault'),
  BOUNDARY_NAMESPACE: text('namespaces.boundary'),
  VSO_NAMESPACE: text('namespaces.secretsOperator'),
  DEVENV_REPLICAS: number('environments.replicas'),
  BASE_IMAGE: text('images.devenv'),
  DEVENV_CPU_REQUEST: text('environments.resources.requests.cpu'),
  DEVENV_MEMORY_REQUEST: text('environments.resources.requests.memory'),
  DEVENV_CPU_LIMIT: text('environments.resources.limits.cpu'),
  DEVENV_MEMORY_LIMIT: text('environments.resources.limits.memory'),
  DEVENV_STORAGE_SIZE: text('environments.storage.workspace'),
  VAULT_IMAGE: text('images.vault'),
  VAULT_ENABLE_KV: flag('vault.engines.kv'),
  VAULT_ENABLE_SSH: flag('vault.engines.ssh'),
  VAULT_ENABLE_TERRAFORM: flag('vault.engines.terraform.enabled'),
  VAULT_STORAGE_SIZE: text('vault.storage'),
  TFE_HOST: url('vault.engines.terraform.host'),
  TFE_ORG: text('vault.engines.terraform.organization'),
  TFE_TEAM_ID: text('vault.engines.terraform.teamId'),
  BOUNDARY_IMAGE: text('images.boundary'),
  BOUNDARY_POSTGRES_STORAGE: text('boundary.database.storage'),
  CONFIGURE_BOUNDARY_TARGETS: flag('boundary.targets'),
  VSO_CHART_VERSION: text('secrets.operator.chartVersion'),
  VSO_REFRESH_INTERVAL: text('secrets.refreshInterval'),
  DEPLOY_VAULT: deploy('vault.enabled'),
  DEPLOY_BOUNDARY: deploy('boundary.enabled'),
  DEPLOY_KEYCLOAK: deploy('keycloak.enabled'),
  DEPLOY_VSO: deploy('secrets.delivery', 'vso', 'none'),
  SKIP_VAULT: skip('vault.enabled'),
  SKIP_BOUNDARY: skip('boundary.enabled'),
  SKIP_KEYCLOAK: skip('keycloak.enabled'),
  SKIP_VSO: skip('secrets.delivery', 'none'),
};

/** Never read: their value belongs into Vault. */
export const SECRET_KEYS: ReadonlySet<string> = new Set([
  'GITHUB_TOKEN',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'LANGFUSE_HOST',
  'LANGFUSE_PUBLIC_KEY',
  'LANGFUSE_SECRET_KEY',
]);

/** Read by others than the configuration, with what they do. */
export const OTHER_KEYS: Readonly<Record<string, string>> = {
  PLATFORM_FILE: 'the files to read, separated by commas; later over earlier',
  KIND_CLUSTER_NAME: 'the name of the kind cluster, for the command line only',
  DEBUG: 'true has sandboxctl print the programs that it runs',
  PARALLEL: 'false has sandboxctl do one thing after the other',
  RESUME: 'ignored: sandboxctl up always goes on where it was',
};

const KNOWN = [...Object.keys(ENVIRONMENT_KEYS), ...Object.keys(OTHER_KEYS), ...SECRET_KEYS];

interface Setting {
  readonly key: string;
  readonly value: string;
  readonly where: string;
}

const treeOf = (path: readonly string[], value: Value): Tree =>
  path.reduceRight<unknown>((tree, key) => ({ [key]: tree }), value) as Tree;

/** The settings as a layer; each that cannot be read is reported. */
function layerOf(settings: readonly Setting[], report: (problem: Problem) => void): Layer {
  const places = new Map<string, string>();
  let tree: Tree = {};
  const order = Object.keys(ENVIRONMENT_KEYS);
  for (const { key, value, where } of [...settings].sort((a, b) => order.indexOf(a.key) - order.indexOf(b.key))) {
    const { path, parse } = ENVIRONMENT_KEYS[key];
    try {
      const parsed = parse(value.trim());
      if (parsed === undefined) continue;
      tree = merge(tree, treeOf(path.split('.'), parsed));
      places.set(path, where);
    } catch (error) {
      const allowed = (error as RangeError).message;
      report({ where, key: path, message: `given ${show([key], value)}, ${allowed}` });
    }
  }
  return {
    tree,
    locate: (path) => (valueAt(tree, path) === undefined ? undefined : places.get(path.join('.'))),
  };
}

const isSetting = (key: string, value = '') => Object.hasOwn(ENVIRONMENT_KEYS, key) && value.trim() !== '';

/** The keys of the process environment; others there belong to other programs. */
export function environmentLayer(env: Env, report: (problem: Problem) => void): Layer {
  const settings = Object.keys(ENVIRONMENT_KEYS)
    .filter((key) => isSetting(key, env[key]))
    .map((key) => ({ key, value: env[key] ?? '', where: `environment (${key})` }));
  return layerOf(settings, report);
}

/** The key that one was to be: nearly written so, or without its last words. Others are other programs'. */
const meantBy = (key: string): string | undefined =>
  neighbour(key, KNOWN) ??
  Object.keys(ENVIRONMENT_KEYS).find((known) => key.includes('_') && known.startsWith(`${key.toUpperCase()}_`));

/** The keys of a .env file; one that is nearly a known key is reported, whether it has a value or none. */
export function dotenvLayer(
  assignments: ReadonlyMap<string, Assignment>,
  name: string,
  report: (problem: Problem) => void,
): Layer {
  const placed = [...assignments].map(([key, { value, line }]) => ({ key, value, where: `${name}:${line} (${key})` }));
  for (const { key, where } of placed) {
    const meant = KNOWN.includes(key) ? undefined : meantBy(key);
    if (meant) report({ where, key: '', message: `unknown key: did you mean ${meant}?` });
  }
  return layerOf(
    placed.filter(({ key, value }) => isSetting(key, value)),
    report,
  );
}

/** What a .env file holds for others, in words. */
export function dotenvNotes(assignments: ReadonlyMap<string, Assignment>, name: string): string[] {
  return [...assignments].flatMap(([key, { line }]) => {
    if (SECRET_KEYS.has(key)) return [`${name}:${line}: ${key} is a secret and is not read here: ${intoVault(key)}`];
    if (key === 'KIND_CLUSTER_NAME') return [`${name}:${line}: ${key} is ${OTHER_KEYS[key]}`];
    return [];
  });
}
