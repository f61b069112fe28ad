import { X509Certificate } from 'node:crypto';
import { change, create, readVersioned } from './kubernetes';
import { Hopeless, log, untilDone } from './program';
import { type KeyPair, makeAuthority } from './signing';

/** The Secret that an authority stands in. */
export interface Place {
  readonly namespace: string;
  readonly secretName: string;
}

/** An authority, and the one that takes its place or had it before, which is trusted meanwhile. */
export interface Authority {
  readonly signs: KeyPair;
  /** Trusted, and signs nothing yet. */
  readonly next?: KeyPair;
  /** Trusted, and signs nothing any more. */
  readonly previous?: string;
  /** Names what was last brought everywhere, and the time since when. */
  readonly everywhere?: string;
  readonly sinceMs: number;
  readonly version: string;
}

/** The steps by which another authority takes the place of one, each of them complete wherever it is broken off. */
export type Step = 'trust' | 'sign' | 'drop';

export interface Replacement {
  readonly authority: Place;
  /** Seconds in which every client takes up what is published, and every server the certificate that it is given. */
  readonly settleSec: number;
}

/** Everything that is trusted, in PEM, first what signs: another text in each state. */
export const bundleOf = ({ signs, next, previous }: Authority): string =>
  [signs.certificate, next?.certificate, previous]
    .flatMap((certificate) => (certificate ? `${certificate.trim()}\n` : []))
    .join('');

const printOf = (certificate: string): string => new X509Certificate(certificate).fingerprint256.slice(0, 23);

/** A name for what is trusted and what signs. */
const stateOf = ({ signs, next, previous }: Authority): string =>
  [signs.certificate, next?.certificate, previous].flatMap((pem) => (pem ? printOf(pem) : [])).join(' ');

/** The authority as it stands there; undefined where there is none. */
export async function kept({ namespace, secretName }: Place): Promise<Authority | undefined> {
  const secret = await readVersioned('secrets', namespace, secretName);
  if (!secret) return undefined;
  const { values, version } = secret;
  const pair = (name: string) => ({ certificate: values[`${name}.crt`], key: values[`${name}.key`] });
  return {
    signs: pair('tls'),
    ...(values['next.crt'] && { next: pair('next') }),
    ...(values['previous.crt'] && { previous: values['previous.crt'] }),
    everywhere: values.everywhere,
    sinceMs: Date.parse(values.since ?? '') || 0,
    version,
  };
}

/** Makes the first one. */
export async function make(place: Place): Promise<Authority> {
  const { namespace, secretName } = place;
  const made = await makeAuthority();
  const values = { 'tls.crt': made.certificate, 'tls.key': made.key };
  // Created, never overwritten: whoever comes second takes the first one's.
  if (await create('secrets', namespace, secretName, values, 'kubernetes.io/tls')) log('authority created');
  const authority = await kept(place);
  if (!authority) throw new Error(`Secret ${namespace}/${secretName} is gone again`);
  return authority;
}

/** Notes that an authority is everywhere, unless it is another one meanwhile. Returns the version with that note. @throws Conflict */
export async function markEverywhere({ namespace, secretName }: Place, authority: Authority): Promise<string> {
  const everywhere = stateOf(authority);
  if (authority.everywhere === everywhere) return authority.version;
  const since = new Date(Date.now()).toISOString();
  return change('secrets', namespace, secretName, { everywhere, since }, authority.version);
}

/** @throws Error until everybody has had the time to follow */
function expectFollowed(authority: Authority, settleSec: number): void {
  const readyMs = authority.sinceMs + settleSec * 1000;
  if (authority.everywhere !== stateOf(authority))
    throw new Error('certificate-authority has not brought it everywhere');
  if (Date.now() < readyMs) throw new Error(`clients and servers follow until ${new Date(readyMs).toISOString()}`);
}

type Values = Record<string, string | null>;

/** What each step changes; nothing where it was taken before. @throws Hopeless where another comes first */
const STEPS: Record<Step, (authority: Authority, settleSec: number) => Promise<Values | undefined>> = {
  trust: async ({ next, previous }) => {
    // One replacement at a time: what was begun goes on.
    if (next || previous) return undefined;
    const made = await makeAuthority();
    return { 'next.crt': made.certificate, 'next.key': made.key };
  },
  sign: async (authority, settleSec) => {
    const { signs, next, previous } = authority;
    if (!next && previous) return undefined;
    if (!next) throw new Hopeless('there is no other authority yet: trust comes first');
    expectFollowed(authority, settleSec);
    return {
      'tls.crt': next.certificate,
      'tls.key': next.key,
      'next.crt': null,
      'next.key': null,
      'previous.crt': signs.certificate,
    };
  },
  drop: async (authority, settleSec) => {
    if (authority.next) throw new Hopeless('the other authority signs nothing yet: sign comes first');
    if (!authority.previous) return undefined;
    expectFollowed(authority, settleSec);
    return { 'previous.crt': null };
  },
};

const SAID: Record<Step, string> = {
  trust: 'two authorities are trusted everywhere',
  sign: 'the new authority has signed every certificate',
  drop: 'the new authority alone is trusted',
};

/** @throws Hopeless for what is no step */
function expectStep(word: string): Step {
  if (Object.hasOwn(STEPS, word)) return word as Step;
  throw new Hopeless(`"${word}" is no step: ${Object.keys(STEPS).join(', ')} are`);
}

/** Takes a step, and waits until it is everywhere. One that was taken before is left as it is. */
export async function replace(word: string, { authority: place, settleSec }: Replacement): Promise<void> {
  const step = expectStep(word);
  const { namespace, secretName } = place;
  const there = async () => {
    const authority = await kept(place);
    if (!authority) throw new Hopeless(`there is no authority to replace: no Secret ${namespace}/${secretName}`);
    return authority;
  };
  await untilDone(async () => {
    const authority = await there();
    const values = await STEPS[step](authority, settleSec);
    if (values) await change('secrets', namespace, secretName, values, authority.version);
  });
  await untilDone(async () => expectFollowed(await there(), 0));
  log(SAID[step]);
}
