import { eventually } from './eventually';
import { exec, find, kubectl } from './kubectl';
import type { Outcome } from './run';

export const KEYS = { namespace: 'platform-bootstrap', name: 'vault-keys' };

/** Runs Vault's client on a server, with a token that no list of processes shows and what it reads after that. */
export const vault = (args: string, token = '', pod = 'vault-0', input = ''): Promise<Outcome> =>
  exec(
    { namespace: 'vault', pod, container: 'vault' },
    ['sh', '-c', `read -r VAULT_TOKEN || true; export VAULT_TOKEN; exec vault ${args}`],
    { input: `${token}\n${input}` },
  );

/** What a command of Vault's answers; it must succeed. */
export async function inVault(args: string, token?: string, input?: string): Promise<any> {
  const { code, stdout, stderr } = await vault(args, token, 'vault-0', input);
  if (code !== 0) throw new Error(`vault ${args}: ${stderr}${stdout}`);
  return stdout.trim().startsWith('{') ? JSON.parse(stdout) : stdout.trim();
}

export const status = async (pod = 'vault-0') => JSON.parse((await vault('status -format=json', '', pod)).stdout);

/** What the bootstrap keeps, decoded. */
export async function keptKeys(): Promise<Record<string, string>> {
  const { data = {} } = (await find('secret', KEYS.namespace, KEYS.name)) ?? {};
  return Object.fromEntries(
    Object.entries<string>(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

/** Breaks the glass by the unseal or recovery keys alone, those that are kept unless others are given, which Vault 1 lets anybody do. */
export async function rootToken(given?: readonly string[]): Promise<string> {
  const answer = async (args: string, input = '') => {
    const place = { namespace: 'vault', pod: 'vault-0', container: 'vault' };
    const { code, stdout, stderr } = await exec(place, ['sh', '-c', `vault operator generate-root ${args}`], { input });
    if (code !== 0) throw new Error(`vault operator generate-root: ${stderr}`);
    return stdout;
  };
  await answer('-cancel');
  const { nonce, otp } = JSON.parse(await answer('-init -format=json'));
  let encoded = '';
  for (const key of given ?? JSON.parse((await keptKeys()).keys)) {
    encoded = JSON.parse(await answer(`-format=json -nonce=${nonce} -`, key)).encoded_token;
  }
  // `read` takes a line of standard input and leaves the rest to the program.
  return (await answer(`-decode=- -otp="$(read -r otp && echo "$otp")"`, `${otp}\n${encoded}`)).trim();
}

/** The token of Vault that a ServiceAccount logs in for. */
export async function logIn(namespace: string, serviceAccount: string, role: string): Promise<string> {
  const jwt = await kubectl(['create', 'token', serviceAccount, '-n', namespace, '--audience', 'vault']);
  const login = `write -field=token auth/kubernetes/login role=${role} jwt=-`;
  const { code, stdout, stderr } = await vault(login, '', 'vault-0', jwt.trim());
  if (code !== 0) throw new Error(`login of ${namespace}/${serviceAccount} for ${role}: ${stderr}`);
  return stdout.trim();
}

/** Ends or begins the program that unseals Vault. */
export const scaleBootstrap = (replicas: number): Promise<string> =>
  kubectl(['scale', 'deployment', 'vault-bootstrap', '-n', 'platform-bootstrap', `--replicas=${replicas}`]);

/** Leaves a Vault that has never been, without what initialises it. */
export async function emptyVault(seconds = 120): Promise<void> {
  const bootstrap = ['-n', 'platform-bootstrap', '-l', 'app.kubernetes.io/instance=vault-bootstrap'];
  await scaleBootstrap(0);
  await kubectl(['wait', 'pod', ...bootstrap, '--for=delete', '--timeout=60s'], { seconds: 70 });
  await kubectl(['delete', 'secret', KEYS.name, '-n', KEYS.namespace, '--ignore-not-found']);
  await kubectl(['delete', 'persistentvolumeclaim', 'data-vault-0', '-n', 'vault', '--wait=false']);
  await kubectl(['delete', 'pod', 'vault-0', '-n', 'vault', '--force', '--grace-period=0']);
  await eventually(async () => expect(await status()).toMatchObject({ initialized: false }), seconds);
}
