import { find, kubectl } from './kubectl';

const IN = ['-n', 'boundary'];

/** Has boundary-keeper ask for another issuer than it was told of. */
export async function changeIssuer(change: (issuer: string) => string): Promise<void> {
  const { data } = await find('configmap', 'boundary', 'boundary-keeper');
  const config = JSON.parse(data['config.json']);
  config.identity.issuer = change(config.identity.issuer);
  const patch = JSON.stringify({ data: { 'config.json': JSON.stringify(config) } });
  await kubectl(['patch', 'configmap', 'boundary-keeper', ...IN, '--type=merge', '-p', patch]);
  await kubectl(['rollout', 'restart', 'deployment/boundary-keeper', ...IN]);
  await kubectl(['rollout', 'status', 'deployment/boundary-keeper', ...IN, '--timeout=60s']);
}
