import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyAll, kubectl } from './kubectl';
import { SCRATCH, scratchPod } from './scratch';

const NAME = 'terraform-cloud';
const PORT = 8080;

/** What the server was asked: tokens made and revoked, in their order. */
export interface Journal {
  readonly made: readonly string[];
  readonly revoked: readonly string[];
}

/** A test server, as a pod, that speaks the part of Terraform Cloud's API that makes and revokes tokens. */
export const testTerraformCloud = {
  /** The token that Vault's engine has to log in with. */
  ENGINE_TOKEN: 'engine-token-of-the-test',
  url: `http://${NAME}.${SCRATCH}.svc:${PORT}`,

  async start(): Promise<void> {
    const script = readFileSync(join(__dirname, 'terraform-cloud-server.mjs'), 'utf8');
    const metadata = { name: NAME, namespace: SCRATCH };
    const items = [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'server.mjs': script } },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata,
        spec: { selector: { app: NAME }, ports: [{ port: PORT }] },
      },
    ];
    await applyAll(...items);
    const start = 'echo "$SCRIPT" > /tmp/server.mjs; exec node /tmp/server.mjs "$0" "$1"';
    await scratchPod(NAME, ['sh', '-c', start, String(PORT), testTerraformCloud.ENGINE_TOKEN], {
      env: [{ name: 'SCRIPT', valueFrom: { configMapKeyRef: { name: NAME, key: 'server.mjs' } } }],
    });
    await kubectl(['label', 'pod', NAME, '-n', SCRATCH, `app=${NAME}`, '--overwrite']);
  },

  async journal(): Promise<Journal> {
    const path = `/api/v1/namespaces/${SCRATCH}/pods/${NAME}:${PORT}/proxy/journal`;
    const entries: { made?: string; revoked?: string }[] = JSON.parse(await kubectl(['get', '--raw', path]));
    return {
      made: entries.flatMap(({ made }) => made ?? []),
      revoked: entries.flatMap(({ revoked }) => revoked ?? []),
    };
  },
};
