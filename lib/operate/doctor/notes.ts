import { ageNote, TESTED, tagOf } from '../../config/versions';
import type { KubeObject } from '../cluster/kubectl';

/** Programs by the last word of their images' names, which stays the same in a mirror. */
const PROGRAMS: Readonly<Record<string, keyof typeof TESTED>> = {
  vault: 'vault',
  boundary: 'boundary',
  keycloak: 'keycloak',
  postgres: 'postgres',
  'oauth2-proxy': 'oauth2Proxy',
  'vault-secrets-operator': 'operator',
};

/** What is no fault by itself, and may be why something else is. */
export const notesOn = ({ pods }: { readonly pods: readonly KubeObject[] }): string[] => [
  ...new Set(
    pods.flatMap(({ metadata, spec }) =>
      (spec.containers ?? []).flatMap(({ image = '' }: { image?: string }) => {
        const program = PROGRAMS[/([^/:@]+)(?:[:@][^/]*)?$/.exec(image)?.[1] ?? ''];
        return (program && ageNote(`${image} in ${metadata.namespace}`, TESTED[program], tagOf(image))) || [];
      }),
    ),
  ),
];
