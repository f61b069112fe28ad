/** What is in an OpenSSH host certificate of an Ed25519 key, as far as it matters here. */
export interface SshCertificate {
  /** The key that is certified, as in `ssh-ed25519 <key>`. */
  readonly key: string;
  readonly principals: readonly string[];
  /** Milliseconds since 1970, as `Date.now()`. */
  readonly from: number;
  readonly to: number;
  /** Public key of the authority, as in `ssh-ed25519 <key>`. */
  readonly authority: string;
}

export const KEY_TYPE = 'ssh-ed25519';
const CERTIFICATE_TYPE = `${KEY_TYPE}-cert-v01@openssh.com`;
const HOST = 2;

/** Reads the fields of PROTOCOL.certkeys one after the other. */
class Reader {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}

  uint32(): number {
    this.at += 4;
    return this.bytes.readUInt32BE(this.at - 4);
  }

  seconds(): number {
    this.at += 8;
    return Number(this.bytes.readBigUInt64BE(this.at - 8));
  }

  field(): Buffer {
    const length = this.uint32();
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError('a field ends behind the certificate');
    return this.bytes.subarray(this.at - length, this.at);
  }

  strings(): string[] {
    const list = new Reader(this.field());
    const found: string[] = [];
    while (list.at < list.bytes.length) found.push(list.field().toString());
    return found;
  }
}

const publicKey = (key: Buffer): string => {
  const fields = [Buffer.from(KEY_TYPE), key].map((field) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(field.length);
    return Buffer.concat([length, field]);
  });
  return Buffer.concat(fields).toString('base64');
};

/** A line such as `ssh-ed25519-cert-v01@openssh.com AAAA…`; undefined where it is no host certificate of that type. */
export function parseCertificate(line: string | undefined): SshCertificate | undefined {
  const [type, blob] = (line ?? '').trim().split(' ');
  if (type !== CERTIFICATE_TYPE || !blob) return undefined;
  try {
    const reader = new Reader(Buffer.from(blob, 'base64'));
    const [named, , key] = [reader.field(), reader.field(), reader.field()];
    const [, role] = [reader.seconds(), reader.uint32()];
    if (named.toString() !== CERTIFICATE_TYPE || role !== HOST) return undefined;
    reader.field();
    const principals = reader.strings();
    const [from, to] = [reader.seconds() * 1000, reader.seconds() * 1000];
    for (const _ of ['critical options', 'extensions', 'reserved']) reader.field();
    return { key: publicKey(key), principals, from, to, authority: reader.field().toString('base64') };
  } catch {
    // It ends too early: whatever it is, it will be made anew.
    return undefined;
  }
}

export interface WantedCertificate {
  readonly key: string;
  readonly principals: readonly string[];
  readonly authority: string;
}

/** Whether a certificate is this authority's, for exactly this key and these names, with more than a third of its life left. */
export function isGood(line: string | undefined, wanted: WantedCertificate, now = Date.now()): boolean {
  const certificate = parseCertificate(line);
  if (!certificate) return false;
  const { from, to } = certificate;
  return (
    certificate.key === wanted.key &&
    certificate.authority === wanted.authority &&
    [...certificate.principals].sort().join() === [...wanted.principals].sort().join() &&
    to - now > (to - from) / 3
  );
}
