/** A text that may hold what it should not. */
export interface Place {
  readonly name: string;
  readonly text: string;
  /** Whether it holds random values of its own, which look like keys. */
  readonly hasOthers?: boolean;
}

const TOKEN = /\bhv[sb]\.[\w-]{20,}/;
/** 32 bytes in base64, by themselves. */
const KEY = /(?<![\w+/=])[A-Za-z0-9+/]{43}=(?![\w+/=])/;
const PEM = /-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----/g;
/** Vault's audit log has the digest of whoever asked, as long as a key. */
const CLIENT_ID = /"client_id":"[\w+/]{43}="/g;

/** A key as Vault says it, in base64 and in hexadecimal digits. */
const spellings = (key: string) => [key, Buffer.from(key, 'base64').toString('hex')];

/** Places with a key or token of Vault: one of those that are known, or what looks like one. */
export function strayKeys(places: readonly Place[], known: readonly string[]): string[] {
  const values = known.flatMap(spellings).filter((value) => value.length >= 20);
  const holds = ({ text, hasOthers }: Place) =>
    values.some((value) => text.includes(value)) ||
    TOKEN.test(text) ||
    (!hasOthers && KEY.test(text.replaceAll(PEM, '').replaceAll(CLIENT_ID, '')));
  return places.filter(holds).map(({ name }) => name);
}
