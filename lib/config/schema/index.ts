import * as z from 'zod';
import * as f from '../formats';
import { environments } from './environments';
import { keycloak, oidc } from './identity';
import { images, resolveImages } from './images';
import { access, network, web } from './network';
import { infrastructure } from './scheduling';
import { secrets } from './secrets';
import { terraform } from './terraform';
import { boundary, vault } from './vault';

export type { AccessGrant, EnvironmentSettings, Environments, UserEnvironment } from './environments';
export type { Images } from './images';
export type { Volume } from './volumes';

export const PROFILES = ['kind', 'standard', 'openshift'] as const;

const namespaces = z.strictObject({
  environments: f.namespace.default('devenv').describe('Namespace of the environments'),
  vault: f.namespace.default('vault').describe('Namespace of Vault'),
  bootstrap: f.namespace.default('platform-bootstrap').describe('Namespace of the bootstraps'),
  boundary: f.namespace.default('boundary').describe('Namespace of Boundary'),
  keycloak: f.namespace.default('keycloak').describe('Namespace of Keycloak'),
  web: f.namespace.default('web').describe('Namespace of the proxies that ask for a login'),
  secretsOperator: f.namespace
    .default('vault-secrets-operator-system')
    .describe('Namespace of the Vault Secrets Operator'),
});

const certificates = z.strictObject({
  issuer: z
    .strictObject({
      name: f.objectName.describe('Name of the issuer, one that signs with an authority of its own (not ACME)'),
      kind: z
        .enum(['ClusterIssuer', 'Issuer'])
        .default('ClusterIssuer')
        .describe('Its kind; an Issuer has to be there in every namespace with a server'),
    })
    .optional()
    .describe("An issuer of cert-manager (absent: the platform's own authority)"),
});

export const platformSchema = z
  .strictObject({
    profile: z.enum(PROFILES).default('kind').describe('Kind of cluster; decides what other settings default to'),
    podSecurity: z
      .enum(['hardened', 'relaxed'])
      .default('hardened')
      .describe('hardened: the Pod Security Standard "restricted"; relaxed: "baseline"'),
    namespaces: namespaces.prefault({}).describe('Namespaces, each its own'),
    labels: z.record(f.commonKey, f.labelValue).default({}).describe('Labels on every object'),
    annotations: z.record(f.commonKey, z.string()).default({}).describe('Annotations on every object'),
    storageClassName: f.objectName
      .optional()
      .describe("StorageClass of all volumes that name none of their own (absent: the cluster's default)"),
    images: images.prefault({}).describe('Images and where they come from'),
    infrastructure: infrastructure.prefault({}).describe("Where the platform's own pods run: all but the environments"),
    environments: environments.prefault({}).describe('The environments of people and agents'),
    vault: vault.prefault({}).describe('Vault: secrets and SSH certificates'),
    boundary: boundary.prefault({}).describe('Boundary: sessions into the environments'),
    keycloak: keycloak.prefault({}).describe('Keycloak: the identity provider that comes with the platform'),
    oidc: oidc.optional().describe('Another OpenID Connect provider, in the place of Keycloak'),
    secrets: secrets.prefault({}).describe('How secrets come into the environments'),
    network: network.prefault({}).describe('What may talk to what, besides grants'),
    certificates: certificates.prefault({}).describe("Who issues the servers' certificates"),
    access: access.prefault({}).describe('How the platform is reached from outside the cluster'),
    web: web.prefault({}).describe('Web access to port 8080 of the environments'),
    terraform: terraform.prefault({}).describe('How Terraform runs'),
    deletion: z
      .strictObject({
        keepWorkspaces: z
          .boolean()
          .default(true)
          .describe("Whether the workspaces' volumes and their namespace outlive the platform"),
      })
      .prefault({})
      .describe('What goes when the platform is destroyed'),
  })
  .transform(resolveImages);

/** What a person may write. */
export type PlatformInput = z.input<typeof platformSchema>;

/** The platform, every default filled in. */
export type PlatformConfig = z.output<typeof platformSchema>;
