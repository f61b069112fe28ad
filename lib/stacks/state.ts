import type { PlatformConfig } from '../config';
import type { BackendType } from '../config/backends';

type TerraformSettings = PlatformConfig['terraform'];
type Arguments = TerraformSettings['backend']['config'];

interface Place {
  /** Name of the stack. */
  readonly id: string;
  /** The project's folder, seen from where Terraform runs. */
  readonly project: string;
  /** What states are called that nobody named. */
  readonly name: string;
  readonly kubeContext?: string;
}

/** The backend's arguments with the place of one stack's state in them: each has one of its own, whatever was given. */
export function stateOf(
  { backend, kubeContext, releasePrefix }: TerraformSettings,
  id: string,
  project: string,
): Arguments {
  return PLACES[backend.type](backend.config, { id, project, kubeContext, name: releasePrefix });
}

const PLACES: Readonly<Record<BackendType, (config: Arguments, place: Place) => Arguments>> = {
  local: inFile,
  kubernetes: inCluster,
  s3: ({ key, ...config }, { id, name }) => ({ ...config, key: `${key ?? name}/${id}.tfstate` }),
  gcs: ({ prefix, ...config }, { id, name }) => ({ ...config, prefix: `${below(prefix ?? name)}${id}` }),
  azurerm: ({ key, ...config }, { id, name }) => ({ ...config, key: `${below(key ?? name)}${id}.tfstate` }),
  http: atAddress,
  consul: ({ path, ...config }, { id, name }) => ({ ...config, path: `${below(path ?? name)}${id}` }),
  pg: ({ schema_name: schema, ...config }, { id, name }) => ({
    ...config,
    schema_name: `${schema ?? name.replaceAll('-', '_')}_${id}`,
  }),
  remote: inWorkspace,
  cloud: inWorkspace,
};

const below = (folder: unknown) => `${String(folder).replace(/\/+$/, '')}/`;

/** `a/b.tfstate` as `a/b.vault.tfstate`. Terraform runs in a folder that is no place for a state, so paths are the project's. */
function inFile({ path = 'terraform.tfstate', ...config }: Arguments, { id, project }: Place): Arguments {
  const fromHere = (given: unknown) =>
    /^([/\\]|[A-Za-z]:)/.test(String(given)) ? String(given) : `${project}/${given}`;
  const [, stem, extension = ''] = /^(.*?)(\.[^./\\]*)?$/s.exec(fromHere(path)) ?? [];
  const { workspace_dir: folder } = config;
  return {
    ...config,
    path: `${stem}.${id}${extension}`,
    ...(folder !== undefined && { workspace_dir: `${below(fromHere(folder))}${id}` }),
  };
}

/** In the cluster that the platform goes to, unless another is named. */
function inCluster({ secret_suffix: suffix, ...config }: Arguments, { id, name, kubeContext }: Place): Arguments {
  const elsewhere = config.in_cluster_config === true || config.host !== undefined;
  return {
    ...(config.config_paths === undefined && { config_path: '~/.kube/config' }),
    ...(kubeContext !== undefined && !elsewhere && { config_context: kubeContext }),
    ...config,
    secret_suffix: `${suffix ?? name}-${id}`,
  };
}

/** Behind the address's path, and so the addresses of its lock, which begin as it does or have a path of their own. */
function atAddress({ address, ...config }: Arguments, { id, name }: Place): Arguments {
  const of = (url: string) => {
    const [, start, rest] = /^([^?#]*)(.*)$/s.exec(url) ?? [];
    const root = /^\w+:\/\/[^/]*\/?$/.test(start);
    return `${start.replace(/\/+$/, '')}${root ? `/${name}` : ''}-${id}${rest}`;
  };
  const state = String(address);
  const beside = (url: unknown) =>
    String(url).startsWith(`${state}/`) ? of(state) + String(url).slice(state.length) : of(String(url));
  const locks = (['lock_address', 'unlock_address'] as const).filter((key) => config[key] !== undefined);
  return { ...config, address: of(state), ...Object.fromEntries(locks.map((key) => [key, beside(config[key])])) };
}

function inWorkspace({ workspace, workspaces, ...config }: Arguments, { id, name: fallback }: Place): Arguments {
  const { name = workspace ?? fallback, ...block } = (workspaces ?? {}) as Record<string, string>;
  return { ...config, workspaces: { ...block, name: `${name}-${id}` } };
}
