import { writeFileSync } from 'node:fs';
import { backUp, type Keeping } from './backup';
import { type Bucket, s3 } from './backup-s3';
import { volume } from './backup-volume';
import { write } from './kubernetes';
import { configuration, log, untilDone } from './program';
import { seal } from './snapshot';
import { VaultClient } from './vault-client';

interface Config extends Keeping {
  readonly address: string;
  readonly caFile: string;
  /** Role of Vault by which it logs in. */
  readonly role: string;
  /** Certificate in PEM for whose key snapshots are encrypted. */
  readonly certificate: string;
  readonly target: { readonly type: 'volume'; readonly folder: string } | ({ readonly type: 's3' } & Bucket);
  readonly namespace: string;
  /** ConfigMap that tells how it went. */
  readonly configMap: string;
}

const RECIPIENT = '/tmp/recipient.pem';
/** Vault may be about to start, or another of its servers to lead. */
const PATIENCE_SEC = 300;

async function snapshot(config: Config): Promise<void> {
  const { target, namespace, configMap } = config;
  writeFileSync(RECIPIENT, config.certificate);
  const login = new VaultClient(config.address, config.caFile);
  const vault = await untilDone(() => login.login(config.role), PATIENCE_SEC);
  await backUp(
    config,
    target.type === 'volume' ? volume(target.folder) : s3(target),
    async (take) => seal(await vault.download('sys/storage/raft/snapshot'), RECIPIENT, take),
    async (name, size) => {
      const success = { 'last-success': new Date().toISOString(), snapshot: name, bytes: `${size}` };
      await write('configmaps', namespace, configMap, { ...success, 'last-failure': null, reason: null });
      log(`stored ${name}, ${size} bytes`);
    },
  );
}

async function run(config: Config): Promise<void> {
  try {
    await snapshot(config);
  } catch (error) {
    const reason = (error as Error).message;
    log(`failed: ${reason}`);
    process.exitCode = 1;
    await write('configmaps', config.namespace, config.configMap, {
      'last-failure': new Date().toISOString(),
      reason,
    });
  }
}

// What is left open after a failure must not keep it running.
if (process.argv[2]) run(configuration()).finally(() => process.exit());
