import { readFileSync } from 'node:fs';
import { call, expectOk } from '../../../images/bootstrap/src/http';
import { Boundary } from '../../../lib/operate/client/boundary';
import { kubectl } from './kubectl';
import { workFile } from './platform';
import { inVault, logIn } from './vault';

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
