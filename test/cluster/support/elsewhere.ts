import { readFileSync } from 'node:fs';
import { call, expectOk } from '../../../images/bootstrap/src/http';
import { Boundary } from '../../../lib/operate/client/boundary';
import { applyAll, kubectl } from './kubectl';
import { workFile } from './platform';
import { inVault, logIn } from './vault';

const POLICY = 'led-elsewhere';
const WORKERS = { 'app.kubernetes.io/instance': 'boundary-worker' };

/** Opens the network between workers and a pod that nobody was granted: policies alone would stop whoever is led there. */
export async function openNetwork(namespace: string, pod: string): Promise<void> {
  const here = { matchLabels: { 'statefulset.kubernetes.io/pod-name': pod } };
  const of = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
  const policy = (side: string, spec: object) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: POLICY, namespace: side },
    spec,
  });
  const from = [{ namespaceSelector: of('boundary'), podSelector: { matchLabels: WORKERS } }];
  const to = [{ namespaceSelector: of(namespace), podSelector: here }];
  await applyAll(
    policy(namespace, { podSelector: here, policyTypes: ['Ingress'], ingress: [{ from }] }),
    policy('boundary', { podSelector: { matchLabels: WORKERS }, policyTypes: ['Egress'], egress: [{ to }] }),
  );
}

export async function shutNetwork(namespace: string): Promise<void> {
  for (const side of [namespace, 'boundary'])
    await kubectl(['delete', 'networkpolicy', POLICY, '-n', side, '--ignore-not-found']);
}

/** Has what goes to a Service arrive at a pod, whichever it is for: the way is another one, and its name the same. */
export function leadService(namespace: string, service: string, pod: string): Promise<string> {
  const patch = JSON.stringify({ spec: { selector: { 'statefulset.kubernetes.io/pod-name': pod } } });
  return kubectl(['patch', `service/${service}`, '-n', namespace, '-p', patch]);
}

/** Gives a target of Boundary's another address, by the account that Terraform makes targets with. */
export async function leadTarget(address: string, id: string, host: string): Promise<void> {
  const token = await logIn('platform-bootstrap', 'terraform', 'terraform');
  const { data } = await inVault('read -format=json platform/data/boundary/terraform', token);
  const ca = readFileSync(workFile('ca.crt'), 'utf8');
  const session = await new Boundary({ address, ca }).logInByPassword('terraform', data.data.password);
  const headers = { authorization: `Bearer ${session}` };
  const ask = async (method: string, body?: object) =>
    expectOk(await call({ method, url: `${address}/v1/targets/${id}`, ca, headers, body }), `${method} target`);
  const { version } = await ask('GET');
  await ask('PATCH', { version, address: host });
}
