import { clientSecretsOf } from '../cluster/client-secrets';
import type { KubeObject } from '../cluster/kubectl';
import type { Seen } from './seen';

/** The object that a message of the kubelet says is lacking, or lacks a key. */
export function missingIn(message: string): { readonly name: string; readonly cause: string } | undefined {
  const [, kind, name] = /(secret|configmap) "([^"]+)" not found/.exec(message) ?? [];
  if (name) return { name, cause: `the ${kind} ${name} is not there` };
  const [, key, of, holder] = /couldn't find key (\S+) in (Secret|ConfigMap) [^/]+\/(\S+)/.exec(message) ?? [];
  return holder ? { name: holder, cause: `the ${of.toLowerCase()} ${holder} has no key ${key}` } : undefined;
}

/** Who makes what pods wait for. */
export function makerOf(name: string, { metadata: { namespace } }: KubeObject, { workloads }: Seen): string {
  if (clientSecretsOf(workloads).some((secret) => secret.namespace === namespace && secret.name === name))
    return 'sandboxctl secrets set-oidc writes it, where platform.yaml is';
  if (/-tls$|^platform-ca/.test(name)) return 'certificate-authority in platform-bootstrap makes it: look at its log';
  if (/external-database|database-ca/.test(name)) return 'it is yours to make: docs/OPERATIONS.md says how';
  if (/^boundary-(schema|objects)/.test(name))
    return 'the Jobs boundary-schema and boundary-bootstrap make it: look at their logs';
  return 'a Job generated-secrets of the same namespace makes it: look at its log, or apply the platform again';
}
