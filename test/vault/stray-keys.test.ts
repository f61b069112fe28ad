import { randomBytes } from 'node:crypto';
import { CERTIFICATE } from '../helpers/cases';
import { ofKind } from '../helpers/objects';
import { type Place, strayKeys } from '../helpers/stray-keys';
import { synth } from '../helpers/synth';

const key = randomBytes(32).toString('base64');
const token = 'hvs.CAESIJlWh4nVqNotATokenOfAnybody';
const found = (text: string, more: Partial<Place> = {}, known = [key]) =>
  strayKeys([{ name: 'here', text, ...more }], known).length > 0;

test.each([
  ['a key that is known', key, { hasOthers: true }],
  ['it in hexadecimal digits', Buffer.from(key, 'base64').toString('hex'), { hasOthers: true }],
  ['a token among other values', `a\n${token}\nb`, { hasOthers: true }],
  ['what looks like a key in a log', `{"keys_base64":["${randomBytes(32).toString('base64')}"]}`, {}],
])('finds %s', (_title, text, place) => {
  expect(found(text, place)).toBe(true);
});

test.each<[string, string, Partial<Place>]>([
  ['a certificate', CERTIFICATE, {}],
  ['one whose last line is as long as a key', `-----BEGIN CERTIFICATE-----\n${key}\n-----END CERTIFICATE-----`, {}],
  ["other parts' random values", key, { hasOthers: true }],
  ['the digest of a key in an audit log', `hmac-sha256:${randomBytes(32).toString('hex')}`, {}],
  ['who asked, in an audit log', `"auth":{"client_id":"${randomBytes(32).toString('base64')}"}`, {}],
  ['the name of a secret', 'vault-keys: keys, state', {}],
])('takes %s for none', (_title, text, place) => {
  expect(found(text, place, [])).toBe(false);
});

test('takes nothing of the platform’s own configuration for a key', () => {
  const places = ofKind(synth('profile: kind').objects, 'ConfigMap').map(({ metadata, data }) => ({
    name: metadata.name,
    text: Object.values<string>(data ?? {}).join('\n'),
  }));
  expect(places.length).toBeGreaterThan(10);
  expect(strayKeys(places, [])).toEqual([]);
});
