import { X509Certificate } from 'node:crypto';

const MAKE =
  'openssl req -x509 -newkey rsa:4096 -nodes -days 3650 -subj /CN=vault-backup -keyout backup.key -out backup.crt';

/** A certificate whose key can be encrypted to. */
export function certificateAdvice(value: string): string | undefined {
  const count = value.split('-----BEGIN CERTIFICATE-----').length - 1;
  if (count !== 1) return `must be one X.509 certificate in PEM, as this makes it: ${MAKE}`;
  try {
    const { asymmetricKeyType: type = '', asymmetricKeyDetails: details } = new X509Certificate(value).publicKey;
    if (!['rsa', 'ec'].includes(type))
      return `has a key of type ${type}, which nothing can be encrypted to: use RSA or EC`;
    const bits = details?.modulusLength ?? 4096;
    return bits < 2048 ? `has an RSA key of ${bits} bits: use at least 2048` : undefined;
  } catch {
    return 'must be a whole certificate: what it holds is damaged or cut off';
  }
}

/** Certificates to trust, one after the other. */
export function authoritiesAdvice(value: string): string | undefined {
  const blocks = value.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) return 'must be certificates in PEM: each begins with -----BEGIN CERTIFICATE-----';
  try {
    const leaf = blocks.find((block) => !new X509Certificate(block).ca);
    return leaf ? "must be authorities' certificates: one of them may not sign others" : undefined;
  } catch {
    return 'must be whole certificates: what one holds is damaged or cut off';
  }
}

export const bucketAdvice = (value: string) =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value)
    ? undefined
    : "must be a bucket's name: 3 to 63 of a-z, 0-9, dots and hyphens";

export const objectPrefixAdvice = (value: string) =>
  /^([\w.-][\w./-]*)?$/.test(value) && !/(^|\/)\.{0,2}\//.test(value)
    ? undefined
    : 'must be the beginning of a name such as vault/ (letters, digits, _ . - and / inside)';
