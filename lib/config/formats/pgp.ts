/** The base64 of a key without its armor, in one line. */
export const withoutArmor = (key: string): string => {
  const lines = key.trim().split(/\r?\n/);
  const begin = lines.findIndex((line) => line.startsWith('-----BEGIN PGP'));
  if (begin < 0) return lines.join('');
  // Headers end at the first empty line; the checksum begins with "=".
  const body = lines.slice(lines.indexOf('', begin) + 1);
  return body
    .slice(
      0,
      body.findIndex((line) => /^(=|-----END)/.test(line)),
    )
    .join('');
};

const SECRET_KEY = 5;
const PUBLIC_KEY = 6;
const PUBLIC_SUBKEY = 14;

/** Where the packet ends that begins at `at` (RFC 9580, 4.2); nowhere for one of unknown length. */
function endOf(bytes: Buffer, at: number): number {
  const number = (offset: number, octets: number) =>
    at + offset + octets <= bytes.length ? bytes.readUIntBE(at + offset, octets) : Number.NaN;
  const first = bytes[at + 1];
  if ((bytes[at] & 0x40) === 0) {
    const octets = [1, 2, 4][bytes[at] & 3] ?? 0;
    return octets === 0 ? Number.NaN : at + 1 + octets + number(1, octets);
  }
  if (first < 192) return at + 2 + first;
  if (first < 224) return at + 3 + number(1, 2) - 0xc000 + 192;
  return first === 255 ? at + 6 + number(2, 4) : Number.NaN;
}

/** The kinds of a key's packets; what follows a damaged one is left out. */
function packets(bytes: Buffer): number[] {
  const kinds: number[] = [];
  for (let at = 0; at + 1 < bytes.length && (bytes[at] & 0x80) !== 0; at = endOf(bytes, at)) {
    kinds.push((bytes[at] & 0x40) === 0 ? (bytes[at] >> 2) & 0x0f : bytes[at] & 0x3f);
  }
  return kinds;
}

export function pgpKeyAdvice(value: string): string | undefined {
  const text = withoutArmor(value);
  const bytes = /^[A-Za-z0-9+/]+=*$/.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0);
  const [kind, ...more] = packets(bytes);
  if (kind === SECRET_KEY) return 'must be a public key: this is a secret one, keep it to yourself';
  if (kind !== PUBLIC_KEY) return 'must be an OpenPGP public key, as gpg --export --armor NAME prints it';
  return more.includes(PUBLIC_SUBKEY)
    ? undefined
    : 'must have a part to encrypt to: make one with gpg --quick-add-key FINGERPRINT, or a new key with gpg --quick-generate-key NAME';
}
