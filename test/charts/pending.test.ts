import { pendingSettings } from '../../lib/charts/pending';
import { synth } from '../helpers/synth';

const OIDC = '{issuer: https://id.example.com, clientId: platform}';

test.each([
  ['web.enabled', 'web: {enabled: true}'],
  ['oidc', `oidc: ${OIDC}`],
  ['keycloak.demoUsers', 'keycloak: {demoUsers: true}'],
  [
    'boundary.database.externalUrl',
    'boundary: {database: {externalUrl: "postgresql://boundary@db.example.com/boundary"}}',
  ],
  ['terraform.providerSource', 'terraform: {providerSource: registry.example.com/hashicorp}'],
])('%s is refused in words, not ignored', (key, text) => {
  expect(pendingSettings(synth(text).config)).toEqual([
    `${key}: has no effect in this version: leave it at its default`,
  ]);
});

test('nothing is pending in the default platform', () => {
  expect(pendingSettings(synth('profile: kind').config)).toEqual([]);
});
