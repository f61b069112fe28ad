import { App } from 'cdk8s';
import { DevEnvStatefulSet, ExternalSecretsBinding, VaultCluster, VaultDatabase } from '../../constructs';
import type { People } from '../../images/bootstrap/src/vault-people';
import type { Setup } from '../../images/bootstrap/src/vault-setup';
import { makePlatform } from '../../lib/charts/platform';
import { PlatformChart } from '../../lib/charts/platform-chart';
import { renderCharts } from '../../lib/charts/write';
import { parsePlatform } from '../../lib/config';
import { CERTIFICATE } from '../helpers/cases';
import { bootstrapOf, type KubeObject } from '../helpers/objects';

/** Everything that a file can ask of Vault. */
const PLATFORM = `profile: kind
environments:
  users: {alice: {secrets: {path: devenv/alice}}, bob: {secrets: {path: devenv/bob}}, carol: {}}
boundary:
  kms: {type: transit}
  agents:
    - {name: robot, serviceAccount: {namespace: ci, name: runner}, environments: all}
    - name: ci
      jwt: {issuer: "https://ci.example.com", audience: vault, claims: {repository: team/sandbox}}
      environments: [alice]
vault:
  engines: {terraform: {enabled: true, teamId: team-1}}
  ssh:
    signers:
      - {name: ci, environments: [bob], serviceAccount: {namespace: ci, name: signer}}
      - {name: people, environments: all}
  backup: {enabled: true, encryption: {certificate: ${JSON.stringify(CERTIFICATE)}}, target: {type: volume, size: 1Gi}}`;

/** What the bootstrap sets Vault up with for a platform that has everything: what a file asks for, and a program besides. */
export function everything(): Setup & { readonly people: People } {
  const app = new App();
  makePlatform(app, parsePlatform([{ name: 'platform.yaml', text: PLATFORM }], {}).config);
  const one = <T>(kind: new (...args: never[]) => T): T =>
    app.node.findAll().find((node): node is typeof node & T => node instanceof kind) as T;
  const [vault, environments] = [one(VaultCluster), one(DevEnvStatefulSet)];
  const chart = new PlatformChart(app, '90-more');
  vault.pki.grantCertificate(environments, { secretName: 'api', dnsNames: ['api.example.com'] });
  const orders = new VaultDatabase(chart, 'orders', {
    vault,
    name: 'orders',
    url: 'postgresql://vault@db.example.com/orders',
    passwordSecretName: 'orders-admin',
  });
  orders.grantUser(environments, { secretName: 'orders', roles: ['reader'] });
  const secretDelivery = new ExternalSecretsBinding(chart, 'delivery', { store: vault, namespace: 'more' });
  const more = new DevEnvStatefulSet(chart, 'more', { namespace: 'more', secretDelivery });
  vault.kv.secret('more/credentials').grantRead(more, 'more');
  return bootstrapOf([...renderCharts(app).values()].flat() as KubeObject[], 'vault-bootstrap');
}
