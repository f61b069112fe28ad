import type { PlatformConfig } from '../config';

const PROVIDERS = 'registry.terraform.io/hashicorp';

/** Settings that are understood and that no part of the platform carries out yet. */
const PENDING: readonly (readonly [key: string, isSet: (config: PlatformConfig) => boolean])[] = [
  ['web.enabled', ({ web }) => web.enabled],
  ['oidc', ({ oidc }) => oidc !== undefined],
  ['keycloak.demoUsers', ({ keycloak }) => keycloak.enabled && keycloak.demoUsers],
  ['boundary.kms.type', ({ boundary }) => boundary.enabled && boundary.kms.type !== 'aead'],
  ['boundary.database.externalUrl', ({ boundary }) => boundary.enabled && boundary.database.externalUrl !== undefined],
  ['terraform.providerSource', ({ terraform }) => terraform.providerSource !== PROVIDERS],
];

/** A line for each setting that would have no effect: better refused than ignored. */
export const pendingSettings = (config: PlatformConfig): string[] =>
  PENDING.filter(([, isSet]) => isSet(config)).map(
    ([key]) => `${key}: has no effect in this version: leave it at its default`,
  );
