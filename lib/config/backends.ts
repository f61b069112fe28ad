/** What a backend takes for an argument. `secret`: it is none of the file's business. */
export type Shape = 'text' | 'number' | 'flag' | 'texts' | 'map' | 'secret' | Arguments;

export interface Arguments {
  readonly known: Readonly<Record<string, Shape>>;
  /** Those without which Terraform would not begin. */
  readonly required: readonly string[];
}

function shapes(lists: Partial<Record<Exclude<Shape, Arguments>, string>>): Record<string, Shape> {
  const entries = Object.entries(lists) as [Shape, string][];
  return Object.fromEntries(entries.flatMap(([shape, names]) => names.split(' ').map((name) => [name, shape])));
}

const workspaces = (texts: string, rest: Record<string, Shape> = {}): Arguments => ({
  known: { ...shapes({ text: texts }), ...rest },
  required: [],
});

/** The backends of Terraform whose states can be told apart by stack, each with what it knows. */
export const BACKENDS = {
  local: { known: shapes({ text: 'path workspace_dir' }), required: [] },
  kubernetes: {
    known: {
      ...shapes({
        text: 'secret_suffix namespace host username client_certificate cluster_ca_certificate config_path config_context config_context_auth_info config_context_cluster proxy_url',
        flag: 'in_cluster_config load_config_file insecure',
        texts: 'config_paths',
        map: 'labels',
        secret: 'password client_key token',
      }),
      exec: {
        known: shapes({ text: 'api_version command', texts: 'args', map: 'env' }),
        required: ['api_version', 'command'],
      },
    },
    required: [],
  },
  s3: {
    known: {
      ...shapes({
        text: 'bucket key region dynamodb_endpoint ec2_metadata_service_endpoint ec2_metadata_service_endpoint_mode endpoint iam_endpoint sts_endpoint sts_region acl kms_key_id dynamodb_table profile retry_mode shared_credentials_file workspace_key_prefix custom_ca_bundle http_proxy https_proxy no_proxy',
        flag: 'encrypt use_lockfile skip_credentials_validation skip_requesting_account_id skip_metadata_api_check skip_region_validation skip_s3_checksum force_path_style use_path_style insecure use_fips_endpoint use_dualstack_endpoint',
        number: 'max_retries',
        texts: 'allowed_account_ids forbidden_account_ids shared_config_files shared_credentials_files',
        secret: 'access_key secret_key token sse_customer_key',
      }),
      endpoints: { known: shapes({ text: 'dynamodb iam s3 sso sts' }), required: [] },
      assume_role: {
        known: shapes({
          text: 'role_arn duration external_id policy session_name source_identity',
          texts: 'policy_arns transitive_tag_keys',
          map: 'tags',
        }),
        required: ['role_arn'],
      },
      assume_role_with_web_identity: {
        known: shapes({
          text: 'role_arn duration policy session_name web_identity_token_file',
          texts: 'policy_arns',
          secret: 'web_identity_token',
        }),
        required: [],
      },
    },
    required: ['bucket'],
  },
  gcs: {
    known: shapes({
      text: 'bucket prefix impersonate_service_account kms_encryption_key storage_custom_endpoint',
      texts: 'impersonate_service_account_delegates',
      secret: 'credentials access_token encryption_key',
    }),
    required: ['bucket'],
  },
  azurerm: {
    known: shapes({
      text: 'subscription_id resource_group_name storage_account_name container_name key environment metadata_host tenant_id client_id client_id_file_path endpoint client_certificate_path client_secret_file_path ado_pipeline_service_connection_id oidc_request_url oidc_token_file_path msi_endpoint',
      flag: 'lookup_blob_endpoint snapshot use_oidc use_msi use_cli use_aks_workload_identity use_azuread_auth',
      secret:
        'access_key sas_token client_certificate client_certificate_password client_secret oidc_request_token oidc_token',
    }),
    required: ['storage_account_name', 'container_name'],
  },
  http: {
    known: shapes({
      text: 'address update_method lock_address unlock_address lock_method unlock_method username client_ca_certificate_pem client_certificate_pem',
      flag: 'skip_cert_verification',
      number: 'retry_max retry_wait_min retry_wait_max',
      secret: 'password client_private_key_pem',
    }),
    required: ['address'],
  },
  consul: {
    known: shapes({
      text: 'path address scheme datacenter ca_file cert_file key_file',
      flag: 'gzip lock',
      secret: 'access_token http_auth',
    }),
    required: [],
  },
  pg: {
    known: shapes({
      text: 'schema_name',
      flag: 'skip_schema_creation skip_table_creation skip_index_creation',
      secret: 'conn_str',
    }),
    required: [],
  },
  remote: {
    // `workspace` is this platform's own, shorter than the block.
    known: { ...shapes({ text: 'hostname organization workspace', secret: 'token' }), workspaces: workspaces('name') },
    required: ['organization'],
  },
  cloud: {
    known: {
      ...shapes({ text: 'hostname organization workspace', secret: 'token' }),
      workspaces: workspaces('name project'),
    },
    required: ['organization'],
  },
} as const satisfies Record<string, Arguments>;

export type BackendType = keyof typeof BACKENDS;

export const BACKEND_TYPES = Object.keys(BACKENDS) as [BackendType, ...BackendType[]];
