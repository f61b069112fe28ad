import type { KubeObject } from '../../lib/operate/cluster/kubectl';
import { certificateWarnings } from '../../lib/operate/platform/expiry';
import { type StatusArguments, statusOf } from '../../lib/operate/platform/status';
import { statusText } from '../../lib/operate/platform/status-text';
import { CERTIFICATE } from '../helpers/cases';
import { HealthyCluster, noted, VAULT } from '../helpers/healthy-cluster';
import { certificate, keyOf } from '../helpers/host-certificate';
import { synth } from '../helpers/synth';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const secret = (namespace: string, name: string, data: Record<string, string>, type = 'Opaque'): KubeObject => ({
  kind: 'Secret',
  metadata: { namespace, name },
  type,
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, btoa(value)])),
});
const tls = (namespace: string, name: string, more = {}) =>
  secret(namespace, name, { 'tls.crt': CERTIFICATE, ...more }, 'kubernetes.io/tls');

const { objects } = synth('profile: kind');
/** The Secret that the manifests have for host certificates, with one in it. */
const host = (pod: string, from: number): KubeObject => ({
  ...objects.find(({ metadata }) => metadata.name === 'devenv-ssh-host'),
  ...{ data: { [pod]: btoa(certificate(keyOf(1), [pod], keyOf(2), from)) } },
});

const clusterWith = (...more: KubeObject[]) => new HealthyCluster(objects, more);
const textOf = async (cluster: HealthyCluster, given: StatusArguments = {}) =>
  statusText(await statusOf(cluster, given), NOW).split('\n');

test('a status says what ends when, what has as long in one line, and the versions', async () => {
  const text = await textOf(
    clusterWith(tls('vault', 'vault-tls'), tls('boundary', 'boundary-tls'), host('devenv-0', NOW)),
  );
  expect(text).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^Certificates for \d+ days: vault\/vault-tls, boundary\/boundary-tls$/),
      'SSH host certificate for 90 days: devenv/devenv-0',
      expect.stringMatching(/^Token for \d+ days: Boundary's credential store clvlt_1$/),
      expect.stringMatching(/^Kubernetes v1\.34\.1, sandboxctl \d+\.\d+\.\d+$/),
      'Vault 1.21.4, seal shamir',
    ]),
  );
});

test('a host certificate of an environment that is gone is nobody’s', async () =>
  expect((await statusOf(clusterWith(host('devenv-7', 0)))).hostCertificates).toEqual([]));

describe('a status warns', () => {
  const warningsOf = async (cluster: HealthyCluster, given: StatusArguments = {}) =>
    (await statusOf(cluster, given)).warnings.filter((warning) => !warning.includes('development seal'));

  test('of nothing where nothing is wrong', async () =>
    expect(await warningsOf(clusterWith(tls('vault', 'vault-tls')))).toEqual([]));

  test('of a host certificate and a token that were not renewed', async () => {
    const cluster = clusterWith(host('devenv-0', 0));
    cluster.tokens = 'clvlt_1|1000\n';
    expect(await warningsOf(cluster)).toEqual([
      'the certificate devenv/devenv-0 ends on 1970-04-01, and should have been renewed',
      "the token of Boundary's credential store clvlt_1 ended on 1970-01-01, and should have been renewed",
    ]);
  });

  test('of what is not over, and of Vault without a server that leads', async () => {
    const cluster = clusterWith(noted('vault', { 'agent-sandbox.dev/restored-from': 'b-1' }));
    cluster.vault = { ...VAULT, leader_address: '' };
    expect(await warningsOf(cluster, { isUpgrading: true })).toEqual([
      'no server of Vault leads: sandboxctl doctor says why',
      'backup b-1 is put back, and not all of it: sandboxctl doctor says how to go on',
      'an upgrade from this folder is not over: sandboxctl doctor says how to go on',
    ]);
  });

  test('of images that are known to be faulty', async () => {
    const { objects } = synth('profile: kind\nimages: {vault: hashicorp/vault:1.21.6}');
    expect(await warningsOf(new HealthyCluster(objects))).toEqual([
      expect.stringContaining('hashicorp/vault:1.21.6 in vault'),
    ]);
  });

  test('of no certificate whose whole life is short, until it is late for that', () => {
    const day = { name: 'vault/vault-tls', begins: '2026-11-26T00:00:00Z', ends: '2026-11-27T00:00:00Z' };
    const at = (time: string) => certificateWarnings([day], Date.parse(time)).length;
    expect([at('2026-11-26T12:00:00Z'), at('2026-11-26T21:00:00Z')]).toEqual([0, 1]);
  });
});
