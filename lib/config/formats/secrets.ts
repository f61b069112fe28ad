const SECRET_KEY =
  /(^|[._-]|[a-z])(token|passw(or)?d|passphrase|secret|credentials?|private_?key|access_?key(_?id)?|api_?key)/i;
/** Keys that are about secrets and never hold one. */
const NOT_SECRET = new Set([
  'secrets',
  'externalSecrets',
  'secretsOperator',
  'pullSecrets',
  'secret',
  'secretName',
  'clientSecretName',
  'secret_suffix',
]);
/** Keys whose values are public, unless somebody gives the other half by mistake, which does not show. */
const MAY_BE_SECRET = new Set(['pgpKeys']);
const SECRET_VALUE =
  /PRIVATE KEY|\bb3BlbnNzaC1rZXktdjE|\bhv[sbr]\.\w{8}|\bgh[pousr]_\w{8}|\bgithub_pat_\w|\bA(KI|SI)A[0-9A-Z]{12}|\.atlasv1\.|\bsk-(ant-|proj-|[A-Za-z0-9]{20})|\beyJ[\w-]{10,2000}\.eyJ|:\/\/[^/\s@:]{0,256}:[^/\s@]{1,256}@/;
const SECRET_ENVIRONMENT =
  /^TF_TOKEN_|(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|API_?KEY|ACCESS_KEY(_ID)?|SECRET_KEY|PUBLIC_KEY|PRIVATE_KEY)$/i;

/** Whether a value must not be repeated to anyone, by its key or by its looks. */
export function isSecret(path: readonly PropertyKey[], value: unknown): boolean {
  const named = path.some(
    (part) => typeof part === 'string' && (MAY_BE_SECRET.has(part) || (!NOT_SECRET.has(part) && SECRET_KEY.test(part))),
  );
  return named || looksSecret(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
}

export const looksSecret = (value: string) => SECRET_VALUE.test(value);

/** How a person hands a secret to the environments instead. */
export const intoVault = (name: string) =>
  `put it into Vault: sandboxctl secrets set ${name.toLowerCase().replace(/[^a-z0-9_]/g, '_')}`;

/** The same for a secret in a place that is not for secrets; items of a list go by the list's name. */
export const insteadOf = (path: readonly PropertyKey[]): string =>
  path.includes('sshKeys')
    ? 'keep the private key to yourself, and give the public one, as in ~/.ssh/id_ed25519.pub'
    : intoVault(String(path.filter((part) => typeof part === 'string').at(-1) ?? 'name'));

/** Variables that the platform, sshd and shells set, whoever else does. */
const SET_OTHERWISE =
  /^(DEVENV_.*|HOME|HOSTNAME|USER|LOGNAME|SSH_(CLIENT|CONNECTION|ORIGINAL_COMMAND|TTY)|_|BASHOPTS|EUID|IFS|LINENO|OLDPWD|OPTIND|PPID|PWD|SHELLOPTS|SHLVL|UID)$/;

export function environmentNameAdvice(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    return "must be a variable's name (letters, digits and _, no digit first)";
  if (SET_OTHERWISE.test(name)) return 'is set by the platform: choose another name';
  return SECRET_ENVIRONMENT.test(name) ? `is a secret and has no place here: ${intoVault(name)}` : undefined;
}

export const environmentValueAdvice = (value: string) =>
  /(?!\t)\p{Cc}/u.test(value)
    ? 'must be one line, without control characters: mount longer texts as a volume (environments.volumes)'
    : undefined;

/** What follows the type in a key's base64 part: so many fields, each with its length before it. */
const KEY_FIELDS: Readonly<Record<string, number>> = {
  'ssh-ed25519': 1,
  'ssh-rsa': 2,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
  'sk-ssh-ed25519@openssh.com': 2,
  'sk-ecdsa-sha2-nistp256@openssh.com': 3,
};

/** The fields of an OpenSSH public key's base64 part; none where the last one ends elsewhere than the part. */
function keyFields(blob: string): Buffer[] {
  const bytes = Buffer.from(blob, 'base64');
  const fields: Buffer[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const end = at + 4 + bytes.readUInt32BE(at);
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return at === bytes.length ? fields : [];
}

export function sshKeyAdvice(value: string): string | undefined {
  if (/PRIVATE KEY/.test(value)) return 'must be a public key: this is a private one, keep it to yourself';
  if (/[\r\n]/.test(value.trim())) return 'must be one line: give each key as its own item';
  // As sshd separates them: a blank of another kind is none.
  const [type, blob = ''] = value.trim().split(/[ \t]+/);
  if (!Object.hasOwn(KEY_FIELDS, type)) {
    return `must be an OpenSSH public key, as in ~/.ssh/id_ed25519.pub, of type ${Object.keys(KEY_FIELDS).join(', ')}`;
  }
  const [inner, ...fields] = /^[A-Za-z0-9+/]+=*$/.test(blob) ? keyFields(blob) : [];
  const isWhole = inner?.toString('latin1') === type && fields.length === KEY_FIELDS[type];
  if (isWhole && fields.every(({ length }) => length > 0) && (type !== 'ssh-ed25519' || fields[0].length === 32))
    return undefined;
  return `must be a whole OpenSSH public key: what follows ${type} is damaged or cut off`;
}
