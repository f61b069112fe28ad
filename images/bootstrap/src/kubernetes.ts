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

export interface Versioned {
  readonly values: Record<string, string>;
  /** Another one after every change, whoever makes it. */
  readonly version: string;
}

/** The values of a Secret or ConfigMap, decoded, and their version; undefined where there is none. */
export async function readVersioned(kind: Kind, namespace: string, name: string): Promise<Versioned | undefined> {
  const answer = await api('GET', `/api/v1/namespaces/${namespace}/${kind}/${name}`);
  if (answer.status === 404) return undefined;
  const { data = {}, metadata } = expectOk(answer, `read ${kind}/${name}`);
  const decode = (v: string) => (kind === 'configmaps' ? v : Buffer.from(v, 'base64').toString());
  const values = Object.fromEntries(Object.entries<string>(data).map(([k, v]) => [k, decode(v)]));
  return { values, version: metadata.resourceVersion };
}

/** The values of a Secret or ConfigMap, decoded; undefined where there is none. */
export const read = async (kind: Kind, namespace: string, name: string): Promise<Record<string, string> | undefined> =>
  (await readVersioned(kind, namespace, name))?.values;

/** Pods of a namespace that the labels select, a few hundred in one answer. */
export async function* pods(namespace: string, selector: string): AsyncGenerator<any> {
  for (let next = ''; ; ) {
    const query = new URLSearchParams({ labelSelector: selector, limit: '250', ...(next && { continue: next }) });
    const answer = expectOk(await api('GET', `/api/v1/namespaces/${namespace}/pods?${query}`), 'list pods');
    yield* answer.items;
    next = answer.metadata.continue;
    if (!next) return;
  }
}

/** Where one value of a Secret is. */
export interface SecretKey {
  readonly namespace: string;
  readonly secretName: string;
  readonly key: string;
}

/** The value of a Secret's key. Fails where there is none yet. */
export async function secretValue({ namespace, secretName, key }: SecretKey): Promise<string> {
  const values = await read('secrets', namespace, secretName);
  if (!values?.[key]) throw new Error(`Secret ${namespace}/${secretName} is not there yet`);
  return values[key];
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

/** Someone else changed the object in between. */
export class Conflict extends Error {}

/** Changes an object's keys, null to remove one, if it still has that version. Returns the new one. @throws Conflict */
export async function change(
  kind: Kind,
  namespace: string,
  name: string,
  values: Record<string, string | null>,
  version?: string,
): Promise<string> {
  const encode = (v: string | null) => (v === null || kind === 'configmaps' ? v : Buffer.from(v).toString('base64'));
  const data = Object.fromEntries(Object.entries(values).map(([k, v]) => [k, encode(v)]));
  const path = `/api/v1/namespaces/${namespace}/${kind}/${name}`;
  const metadata = version ? { resourceVersion: version } : {};
  const answer = await api('PATCH', path, { metadata, data }, 'application/merge-patch+json');
  if (answer.status === 409) throw new Conflict(`${kind}/${name} was changed in between`);
  return expectOk(answer, `write ${kind}/${name}`).metadata.resourceVersion;
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
  await change(kind, namespace, name, values);
}

/** Has a StatefulSet run so many pods. */
export async function scale(namespace: string, name: string, replicas: number): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${namespace}/statefulsets/${name}/scale?fieldManager=working-hours`;
  const answer = await api('PATCH', path, { spec: { replicas } }, 'application/merge-patch+json');
  expectOk(answer, `scale statefulsets/${name}`);
}

/** Deletes an object; that it is gone already is as good. */
export async function remove(resource: string, namespace: string, name: string, graceSec?: number): Promise<void> {
  const query = graceSec === undefined ? '' : `?gracePeriodSeconds=${graceSec}`;
  const answer = await api('DELETE', `/api/v1/namespaces/${namespace}/${resource}/${name}${query}`);
  if (answer.status !== 404) expectOk(answer, `delete ${resource}/${name}`);
}
