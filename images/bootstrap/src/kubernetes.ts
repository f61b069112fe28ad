import { readFileSync } from 'node:fs';
import { type Answer, call, expectOk } from './http';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const host = process.env.KUBERNETES_SERVICE_HOST ?? 'kubernetes.default.svc';
const server = `https://${host.includes(':') ? `[${host}]` : host}:${process.env.KUBERNETES_SERVICE_PORT ?? 443}`;

type Kind = 'secrets' | 'configmaps';

function api(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer> {
  return call({
    method,
    url: `${server}${path}`,
    ca: readFileSync(`${ACCOUNT}/ca.crt`),
    // Read each time: the kubelet renews it.
    headers: { authorization: `Bearer ${readFileSync(`${ACCOUNT}/token`, 'utf8')}` },
    body,
    contentType,
  });
}

/** The values of a Secret or ConfigMap, decoded; undefined where there is none. */
export async function read(kind: Kind, namespace: string, name: string): Promise<Record<string, string> | undefined> {
  const answer = await api('GET', `/api/v1/namespaces/${namespace}/${kind}/${name}`);
  if (answer.status === 404) return undefined;
  const data: Record<string, string> = expectOk(answer, `read ${kind}/${name}`).data ?? {};
  if (kind === 'configmaps') return data;
  return Object.fromEntries(Object.entries(data).map(([k, v]) => [k, Buffer.from(v, 'base64').toString()]));
}

function manifest(kind: Kind, namespace: string, name: string, values: Record<string, string>, type?: string) {
  return {
    apiVersion: 'v1',
    kind: kind === 'secrets' ? 'Secret' : 'ConfigMap',
    metadata: {
      name,
      namespace,
      labels: { 'app.kubernetes.io/part-of': 'agent-sandbox-platform', 'app.kubernetes.io/managed-by': 'bootstrap' },
    },
    ...(kind === 'secrets' ? { stringData: values, ...(type && { type }) } : { data: values }),
  };
}

/** Creates an object; false where it exists already, whoever made it. */
export async function create(
  kind: Kind,
  namespace: string,
  name: string,
  values: Record<string, string>,
  type?: string,
): Promise<boolean> {
  const answer = await api(
    'POST',
    `/api/v1/namespaces/${namespace}/${kind}`,
    manifest(kind, namespace, name, values, type),
  );
  if (answer.status === 409) return false;
  expectOk(answer, `create ${kind}/${name}`);
  return true;
}

/** Makes an object's keys as given; a key set to null is removed, others stay. */
export async function write(
  kind: Kind,
  namespace: string,
  name: string,
  values: Record<string, string | null>,
  type?: string,
): Promise<void> {
  const present = Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== null),
  );
  if ((await read(kind, namespace, name)) === undefined && (await create(kind, namespace, name, present, type))) return;
  const encode = (v: string | null) => (v === null || kind === 'configmaps' ? v : Buffer.from(v).toString('base64'));
  const data = Object.fromEntries(Object.entries(values).map(([k, v]) => [k, encode(v)]));
  const path = `/api/v1/namespaces/${namespace}/${kind}/${name}`;
  expectOk(await api('PATCH', path, { data }, 'application/merge-patch+json'), `write ${kind}/${name}`);
}
