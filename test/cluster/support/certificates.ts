import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeKey, program, workFile } from './platform';
import { logIn, vault } from './vault';

export interface Asked {
  /** @default 'devenv-0' */
  readonly environment?: string;
  /** @default 'ssh' */
  readonly mount?: string;
  /** Further fields of the request. @default {} */
  readonly more?: object;
}

/** Asks for a certificate of a key of the run's folder: the line, or what Vault says to it. */
export async function sign(token: string, key: string, { environment = 'devenv-0', mount = 'ssh', more = {} }: Asked) {
  const body = JSON.stringify({ public_key: readFileSync(workFile(`${key}.pub`), 'utf8'), ...more });
  return vault(`write -field=signed_key ${mount}/sign/${environment} -`, token, 'vault-0', body);
}

/** A new key of the run's folder with a certificate beside it, where ssh looks for it. */
export async function certified(token: string, key: string, asked: Asked = {}): Promise<void> {
  for (const name of [key, `${key}.pub`]) rmSync(workFile(name), { force: true });
  await makeKey(key);
  const { code, stdout, stderr } = await sign(token, key, asked);
  if (code !== 0) throw new Error(`no certificate for ${key}: ${stderr}`);
  writeFileSync(workFile(`${key}-cert.pub`), stdout);
}

/** Writes the roles that the stack `vault` would, by the account that it logs in with. */
export async function applyVaultStack(folder: string): Promise<void> {
  const files = [`${folder}-keys.yaml`, `${folder}-overlay.yaml`].map(workFile).filter((file) => existsSync(file));
  const platform = join(__dirname, '..', 'platform.yaml');
  const stacks = workFile(`${folder}-stacks`);
  await program({ PLATFORM_FILE: [platform, ...files].join(','), CDK8S_OUTDIR: '', CDKTF_OUTDIR: stacks });
  const { resource } = JSON.parse(readFileSync(join(stacks, 'stacks/vault/cdk.tf.json'), 'utf8'));
  const token = await logIn('platform-bootstrap', 'terraform', 'terraform');
  for (const { '//': _, provider, depends_on, backend, name, ...body } of Object.values<any>(
    resource.vault_ssh_secret_backend_role,
  )) {
    const path = `${backend}/roles/${name}`;
    const { code, stderr } = await vault(`write ${path} -`, token, 'vault-0', JSON.stringify(body));
    if (code !== 0) throw new Error(`write ${path}: ${stderr}`);
  }
}
