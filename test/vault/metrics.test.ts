import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issue, makeAuthority } from '../../images/bootstrap/src/signing';
import { VaultClient } from '../../images/bootstrap/src/vault-client';
import { served } from '../cluster/support/served';
import { sectionsOf } from '../docs/commands';
import { find } from '../helpers/objects';
import { describeWith } from '../helpers/programs';
import { synth } from '../helpers/synth';
import { freePort, until } from '../helpers/vault-server';

const PODS = ['vault-0', 'vault-1', 'vault-2'];
const PORTS = { api: '[::]:8200', cluster: '[::]:8201', metrics: '[::]:8202', unused: '127.0.0.1:8203' };
type Ports = Record<keyof typeof PORTS, number>;

describeWith(['vault', 'openssl'], 'metrics of three real servers of Vault', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vault-metrics-'));
  const caFile = join(folder, 'tls', 'ca.crt');
  const ports: Record<string, Ports> = {};
  const running: ChildProcess[] = [];
  let authority: string;
  /** Gives the servers a certificate, in the place of the one that is there. */
  let certify: () => Promise<X509Certificate>;
  let root = '';

  const server = (pod: string, port: keyof Ports = 'api', token = root) =>
    new VaultClient(`https://127.0.0.1:${ports[pod][port]}`, caFile, token);

  /** What a server says to whoever has no login, as Prometheus reads it: each series with its value. */
  const scrape = (pod: string, port: keyof Ports = 'metrics') =>
    new Promise<{ status?: number; type?: string; text: string }>((resolve, reject) => {
      const url = `https://127.0.0.1:${ports[pod][port]}/v1/sys/metrics?format=prometheus`;
      get(url, { ca: authority, agent: false }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        answer.on('end', () => resolve({ status: answer.statusCode, type: answer.headers['content-type'], text }));
      }).on('error', reject);
    });
  const valuesOf = async (pod: string, metric: string): Promise<number[]> =>
    [...(await scrape(pod)).text.matchAll(new RegExp(`^${metric}(?:{.*})? (\\S+)$`, 'gm'))].map(([, value]) =>
      Number(value),
    );

  /** The platform's own configuration, with the folders and ports of this machine. */
  function configuration(pod: string): string {
    const { objects } = synth('vault: {replicas: 3, metrics: {namespace: monitoring}}');
    let hcl: string = find(objects, 'ConfigMap', 'vault-config').data['vault.hcl'];
    for (const [name, place] of Object.entries(PORTS))
      hcl = hcl.replace(`"${place}"`, `"127.0.0.1:${ports[pod][name as keyof Ports]}"`);
    for (const other of PODS)
      hcl = hcl.replace(`${other}.vault-internal.vault.svc:8200`, `127.0.0.1:${ports[other].api}`);
    return hcl
      .replace('service_registration "kubernetes" {}', '')
      .replaceAll('/vault/tls', join(folder, 'tls'))
      .replace('/vault/data', join(folder, pod));
  }

  const start = (pod: string) => {
    const env = {
      ...process.env,
      HOME: folder,
      VAULT_RAFT_NODE_ID: pod,
      VAULT_API_ADDR: `https://127.0.0.1:${ports[pod].api}`,
      VAULT_CLUSTER_ADDR: `https://127.0.0.1:${ports[pod].cluster}`,
    };
    const file = join(folder, `${pod}.hcl`);
    writeFileSync(file, configuration(pod));
    running.push(spawn('vault', ['server', `-config=${file}`], { env, stdio: 'ignore' }));
  };

  beforeAll(async () => {
    const made = await makeAuthority();
    authority = made.certificate;
    certify = async () => {
      const own = await issue(made, { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] }, 1);
      for (const [name, text] of [
        ['ca.crt', authority],
        ['tls.crt', own.certificate],
        ['tls.key', own.key],
      ])
        writeFileSync(join(folder, 'tls', name), text);
      return new X509Certificate(own.certificate);
    };
    mkdirSync(join(folder, 'tls'));
    await certify();
    for (const pod of PODS) {
      mkdirSync(join(folder, pod));
      const [api, cluster, metrics, unused] = [await freePort(), await freePort(), await freePort(), await freePort()];
      ports[pod] = { api, cluster, metrics, unused };
    }
    for (const pod of PODS) start(pod);
    await Promise.all(PODS.map((pod) => until(() => server(pod).sealStatus())));
  }, 300_000);

  afterAll(() => {
    for (const one of running) one.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  test('a server that is sealed says so, at that port alone', async () => {
    expect((await scrape('vault-0')).status).toBe(200);
    await until(async () => expect(await valuesOf('vault-0', 'vault_core_unsealed')).toEqual([0]));
    expect((await scrape('vault-0', 'api')).status).toBe(503);
  });

  describe('once they are unsealed', () => {
    beforeAll(async () => {
      const { keys_base64: keys, root_token: token } = await server('vault-0').write('sys/init', {
        secret_shares: 1,
        secret_threshold: 1,
      });
      root = token;
      for (const pod of PODS)
        await until(async () => {
          if ((await server(pod).sealStatus()).sealed) await server(pod).write('sys/unseal', { key: keys[0] });
          expect(await server(pod).sealStatus()).toMatchObject({ initialized: true, sealed: false });
        });
      await until(() =>
        server('vault-0').write('sys/audit/file', { type: 'file', options: { file_path: join(folder, 'audit') } }),
      );
      await until(() => server('vault-0').write('sys/mounts/a', { type: 'kv' }));
    }, 300_000);

    // SECURITY.md: "whoever runs in the pods that vault.metrics names | Can: read Vault's metrics"
    test('each says its metrics without a login, whether it leads or not', async () => {
      await until(async () => {
        const unsealed = await Promise.all(PODS.map((pod) => valuesOf(pod, 'vault_core_unsealed')));
        expect(unsealed.map((values) => Math.max(...values))).toEqual([1, 1, 1]);
        const active = await Promise.all(PODS.map((pod) => valuesOf(pod, 'vault_core_active')));
        expect(active.flat().filter((value) => value === 1)).toHaveLength(1);
      });
      // Prometheus takes no text without its type.
      expect((await scrape('vault-1')).type).toMatch(/^text\/plain; version=0\.0\.4/);
      // By a login, at the other port, one that does not lead says nothing.
      expect((await server('vault-1').ask('GET', 'sys/metrics?format=prometheus')).status).not.toBe(200);
    });

    // SECURITY.md: "whoever runs in the pods that vault.metrics names | Cannot: read or write anything else"
    test('anything else takes a login there, as it does elsewhere', async () => {
      const stranger = server('vault-0', 'metrics', '');
      for (const [method, path] of [
        ['GET', 'sys/mounts'],
        ['GET', 'a/b'],
        ['POST', 'a/b'],
        ['GET', 'sys/policies/acl/default'],
        ['GET', 'sys/storage/raft/snapshot'],
        ['POST', 'sys/seal'],
        ['GET', 'sys/audit'],
        ['POST', 'auth/token/create'],
      ])
        expect([path, (await stranger.ask(method, path, method === 'POST' ? {} : undefined)).status]).toEqual([
          path,
          403,
        ]);
      expect((await scrape('vault-0', 'api')).status).toBe(403);
    });

    test('a renewed certificate is shown at that port, too, without a restart', async () => {
      const { serialNumber } = await certify();
      running[0].kill('SIGHUP');
      for (const port of ['api', 'metrics'] as const)
        await until(async () =>
          expect((await served('127.0.0.1', ports['vault-0'][port])).serialNumber).toBe(serialNumber),
        );
    });

    test('all metrics that docs/OPERATIONS.md names are there', async () => {
      const [{ text }] = sectionsOf('docs/OPERATIONS.md').filter(({ title }) => title === "Vault's metrics");
      const named = new Set(text.match(/\bvault_\w+/g));
      expect(named.size).toBeGreaterThan(5);
      await until(async () => {
        const said = (await Promise.all(PODS.map((pod) => scrape(pod)))).map((answer) => answer.text).join('\n');
        expect([...named].filter((metric) => !new RegExp(`^${metric}(_count)?[ {]`, 'm').test(said))).toEqual([]);
      });
    });
  });
});
