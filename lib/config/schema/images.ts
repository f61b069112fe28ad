import { z } from 'zod';
import * as f from '../formats';
import { mirrored } from '../formats/reference';
import type { Environments } from './environments';

export const images = z.strictObject({
  registry: f.registry.default('').describe("A mirror that takes the place of every image's registry (empty: none)"),
  pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']).default('IfNotPresent').describe('When nodes pull an image'),
  pullSecrets: z.array(f.objectName).default([]).describe('Secrets of type dockerconfigjson, in every namespace'),
  devenv: f.image.default('agent-sandbox/devenv:0.1.0').describe('Image of the environments'),
  bootstrap: f.image.default('agent-sandbox/devenv:0.1.0').describe('Image of the bootstraps'),
  vault: f.image.default('hashicorp/vault:1.21').describe('Image of Vault'),
  boundary: f.image.default('hashicorp/boundary:0.21').describe('Image of Boundary'),
  postgres: f.image.default('postgres:16').describe('Image of PostgreSQL'),
  keycloak: f.image.default('keycloak/keycloak:26.7').describe('Image of Keycloak'),
  oauth2Proxy: f.image
    .default('quay.io/oauth2-proxy/oauth2-proxy:v7.12.0')
    .describe('Image of the proxy that asks for a login'),
});

/** Every image as the cluster pulls it: the mirror is applied already. */
export type Images = z.output<typeof images>;

const PARTS = ['devenv', 'bootstrap', 'vault', 'boundary', 'postgres', 'keycloak', 'oauth2Proxy'] as const;

/** Fills in images that environments leave out, and applies the mirror to all of them. */
export function resolveImages<T extends { images: Images; environments: Environments }>(config: T): T {
  const { registry, devenv } = config.images;
  const resolved = PARTS.map((part) => [part, mirrored(registry, config.images[part])]);
  const withImage = <E extends { image: string }>(environment: E): E => ({
    ...environment,
    image: mirrored(registry, environment.image || devenv),
  });
  const users = Object.entries(config.environments.users).map(([name, user]) => [name, withImage(user)]);
  return {
    ...config,
    images: { ...config.images, ...Object.fromEntries(resolved) },
    environments: { ...withImage(config.environments), users: Object.fromEntries(users) },
  };
}
