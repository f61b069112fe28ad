import type { ApiObjectMetadata } from 'cdk8s';
import type { Construct } from 'constructs';
import { label, objectName, refuseDuplicates } from './checks';
import { annotationFault } from './rules/annotations';
import { identityFault } from './rules/clouds';
import { settingsOf } from './settings';

/** Who an object belongs to, as Kubernetes' recommended labels say it. */
export interface Identity {
  /** The application, such as `vault`. */
  readonly name: string;
  /** This one of it, such as `vault` or `devenv-alice`. */
  readonly instance: string;
  /** Its role within the platform, such as `server` or `environment`. */
  readonly component: string;
}

/** Labels that select the pods of an identity, and that nothing else may set. */
export function selectorOf({ name, instance, component }: Identity): Record<string, string> {
  return {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/instance': instance,
    'app.kubernetes.io/component': component,
  };
}

/** All recommended labels of an identity. */
export function labelsOf(identity: Identity): Record<string, string> {
  return {
    ...selectorOf(identity),
    'app.kubernetes.io/part-of': 'agent-sandbox-platform',
    'app.kubernetes.io/managed-by': 'cdk8s',
  };
}

/**
 * Metadata of an object: its fixed name (never derived from the construct's path), labels and annotations.
 *
 * @throws if Kubernetes would refuse the name, the namespace or so many annotations, or a cloud what names an identity
 */
export function metadataOf(
  scope: Construct,
  identity: Identity,
  name: string,
  namespace?: string,
  annotations: Record<string, string> = {},
): ApiObjectMetadata {
  const settings = settingsOf(scope);
  const all = { ...settings.annotations, ...annotations };
  const fault = annotationFault(all);
  if (fault) throw new Error(`annotations of "${name}" ${fault}`);
  for (const [key, value] of Object.entries(annotations)) {
    const wrong = identityFault(key, value);
    if (wrong) throw new Error(`annotation ${key} of "${name}" ${wrong}, got "${value}"`);
  }
  refuseDuplicates(scope);
  return {
    name: objectName(scope, name),
    namespace: namespace === undefined ? undefined : label(scope, 'namespace', namespace),
    labels: { ...settings.labels, ...labelsOf(identity) },
    ...(Object.keys(all).length > 0 && { annotations: all }),
  };
}
