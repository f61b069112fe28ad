const field = (value: string | Buffer) => {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const number = (value: number, size: 4 | 8) => {
  const bytes = Buffer.alloc(size);
  if (size === 4) bytes.writeUInt32BE(value);
  else bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};
export const TYPE = 'ssh-ed25519-cert-v01@openssh.com';
/** A public key that is some number. */
export const keyOf = (seed: number) =>
  Buffer.concat([field('ssh-ed25519'), field(Buffer.alloc(32, seed % 256).fill(seed >> 8, 0, 1))]).toString('base64');
const raw = (key: string) => Buffer.from(key, 'base64').subarray(19);

/** A certificate but for its signature, valid for 90 days from `from` on. */
export function certificate(key: string, principals: readonly string[], authority: string, from = Date.now()): string {
  const start = Math.floor(from / 1000);
  const blob = Buffer.concat([
    ...[field(TYPE), field('nonce'), field(raw(key)), number(7, 8), number(2, 4), field('id')],
    field(Buffer.concat(principals.map(field))),
    ...[number(start, 8), number(start + 90 * 24 * 3600, 8), field(''), field(''), field('')],
    ...[field(Buffer.from(authority, 'base64')), field('signature')],
  ]);
  return `${TYPE} ${blob.toString('base64')}\n`;
}
