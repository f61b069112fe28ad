import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually';
import { apply, nodeAddress } from './kubectl';
import { makeKey, program, synthesize, workFile } from './platform';
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

export const VAULT_FILE = '20-vault.k8s.yaml';
/** A ServiceAccount that may have keys signed for the first environment. */
export const SIGNER = { namespace: 'default', name: 'ssh-signer' };
const FOLDER = 'dist-certificates';

/** Makes the platform trust and sign by these engines, as a `kubectl apply` and a deploy of the stack `vault` do. */
export async function authorities(ssh: object): Promise<void> {
  const signers = [{ name: 'ci', environments: ['devenv-0'], serviceAccount: SIGNER }];
  const overlay = { access: { nodeAddress: await nodeAddress() }, vault: { ssh: { ...ssh, signers } } };
  const folder = await synthesize('platform', overlay, FOLDER);
  await apply(join(folder, VAULT_FILE));
  // The bootstrap gives Terraform its rights to a new engine.
  await eventually(() => applyVaultStack(FOLDER), 60);
}

/** Writes the roles that the stack `vault` would, by the account that it logs in with. */
async function applyVaultStack(folder: string): Promise<void> {
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
