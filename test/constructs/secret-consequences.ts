import { ExternalSecretsBinding } from '../../constructs';
import type { SmallPlatform } from '../helpers/small-platform';
import { delivered, reconfigured, type Step } from './consequences';

export const CREDENTIALS = delivered('VaultStaticSecret', 'devenv-credentials', 'secret/data/devenv/credentials');
export const KV_MOUNT = {
  path: 'secret',
  type: 'kv',
  options: { version: '2' },
  description: 'credentials of development environments',
};
export const readCredentials: Step = ({ vault, devenv }) =>
  vault.kv.secret('devenv/credentials').grantRead(devenv, 'devenv-vault-secrets');

/** A construct of the platform, made when it is first asked for. */
export const once = <T>({ chart }: SmallPlatform, id: string, make: () => T): T =>
  (chart.node.tryFindChild(id) as T | undefined) ?? make();

/** What an environment mounts of a Secret, as the source of its number. */
export const mounted = (set: string, at: number, name: string, files?: Readonly<Record<string, string>>) => ({
  [`StatefulSet devenv/${set}`]: {
    [`spec/template/spec/volumes/9/projected/sources/${at}`]: {
      secret: {
        name,
        ...(files && { items: Object.entries(files).map(([key, path]) => ({ key, path })) }),
        optional: true,
      },
    },
  },
});

export const external = (platform: SmallPlatform): ExternalSecretsBinding =>
  once(platform, 'external', () => {
    const { chart, vault: store } = platform;
    return new ExternalSecretsBinding(chart, 'external', { store, namespace: 'devenv' });
  });

/** What the first secret of Vault's by External Secrets brings with it. */
export const FROM_EXTERNAL = ['NetworkPolicy vault/vault-from-external-secrets', 'ServiceAccount devenv/vault-secrets'];
export const STATIC = {
  name: 'a',
  secretName: 'b',
  mount: 'c',
  path: 'd',
  policyPath: 'c/data/d',
  kind: 'static',
} as const;
export const TO_DEVENV = reconfigured('certificate-authority', { 'publishTo/2': 'devenv' });
