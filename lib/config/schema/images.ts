import * as z from 'zod';
import * as f from '../formats';
import type { Environments } from './environments';
import { distinct } from './lists';

/** What the first steps build. No registry has it. */
export const BUILT_IMAGE = 'agent-sandbox/devenv:0.1.0';

export const images = z.strictObject({
  registry: f.registry
    .default('')
    .describe("A mirror that takes the place of every image's registry, the operator's as well (empty: none)"),
  pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']).default('IfNotPresent').describe('When nodes pull an image'),
  pullSecrets: z
    .array(f.objectName)
    .check(distinct)
    .default([])
    .describe('Secrets of type dockerconfigjson, in every namespace, also in that of the operator'),
  devenv: f.image
    .default(BUILT_IMAGE)
    .describe('Image of the environments; outside kind to be named, unless registry is: one that you have pushed'),
  bootstrap: f.image
    .optional()
    .describe('Image of the bootstraps, with Node.js 18 or later and OpenSSL 3 (absent: images.devenv)'),
  vault: f.image.default('hashicorp/vault:1.21').describe('Image of Vault'),
  boundary: f.image.default('hashicorp/boundary:0.21').describe('Image of Boundary'),
  postgres: f.image.default('postgres:16').describe('Image of PostgreSQL'),
  keycloak: f.image.default('keycloak/keycloak:26.7').describe('Image of Keycloak'),
  oauth2Proxy: f.image
    .default('quay.io/oauth2-proxy/oauth2-proxy:v7.15.6-alpine')
    .describe('Image of the proxy that asks for a login'),
});

type Named = z.output<typeof images>;

/** Images as they are named; constructs apply the mirror. */
export type Images = Named & { bootstrap: string };

/** Fills in images that are left out. Bootstraps hold every key, so they run nobody else's image than environments do. */
export function resolveImages<T extends { images: Named; environments: Environments }>(
  config: T,
): T & { images: Images } {
  const { devenv } = config.images;
  const withImage = <E extends { image: string }>(environment: E): E => ({
    ...environment,
    image: environment.image || devenv,
  });
  const users = Object.entries(config.environments.users).map(([name, user]) => [name, withImage(user)]);
  const images = { ...config.images, bootstrap: config.images.bootstrap ?? devenv };
  return { ...config, images, environments: { ...withImage(config.environments), users: Object.fromEntries(users) } };
}
