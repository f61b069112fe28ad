/** Secret with the development KMS keys, as configuration files. */
export const KMS_SECRET = 'boundary-kms-keys';

/** Keys of the development KMS: made in the cluster, each in the files of those who need it. */
export function kmsFiles(): Record<string, string> {
  const key = (purpose: string) => `kms "aead" {
  purpose = "${purpose}"
  aead_type = "aes-gcm"
  key = "{{random ${purpose} 32}}"
  key_id = "global_${purpose}"
}
`;
  const all = ['root', 'worker-auth', 'recovery'].map(key).join('\n');
  return {
    'kms.hcl': all,
    'worker-auth.hcl': key('worker-auth'),
    'recovery.hcl': key('recovery'),
    'schema.hcl': `disable_mlock = true\ncontroller {\n  name = "schema"\n  database {\n    url = "file:///etc/boundary/database/url"\n  }\n}\n${all}`,
  };
}
