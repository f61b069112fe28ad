import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

/** What names of files with packed values end in. */
export const PACKED = '.json.br';

/** Longer ones are packed: an object of Kubernetes may have 1 MiB in all. */
const READABLE_BYTES = 256 * 1024;

/** A value as bytes in base64, the same on every machine; nothing where its text is short enough to be read as it is. */
export function pack(value: unknown): string | undefined {
  const text = Buffer.from(JSON.stringify(value) ?? '');
  if (text.length <= READABLE_BYTES) return undefined;
  // The best takes seconds for what thousands of environments say, and leaves hardly less.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 5 };
  return brotliCompressSync(text, { params }).toString('base64');
}

export const unpack = (bytes: Buffer): unknown => JSON.parse(brotliDecompressSync(bytes).toString());
