import { Construct } from 'constructs';
import type { BackupTarget } from '../services/backup-target';
import { Bootstrap } from '../services/bootstrap';
import { CertificateAuthority } from '../services/certificate-authority';
import { VaultCluster } from './cluster';
import { VaultSnapshots } from './snapshots';

export interface VaultBackupProps {
  readonly vault: VaultCluster;
  readonly target: BackupTarget;
  /** Certificate (X.509, in PEM) for whose key snapshots are encrypted. That key never enters the cluster. */
  readonly certificate: string;
  /** When, as cron has it, in UTC. @default '0 3 * * *' */
  readonly schedule?: string;
  /** How many snapshots are kept; `all`: none is ever removed. @default 14 */
  readonly retention?: number | 'all';
}

const NAME = 'vault-backup';
/** Also how long what was begun may take, before it is known that nobody goes on with it. */
const DEADLINE_SEC = 3600;

/** Takes snapshots of Vault by a schedule, with a login that can do nothing else. */
export class VaultBackup extends Construct {
  /** ConfigMap that tells of the last success and of a failure after it. */
  static readonly STATUS = 'vault-backup-status';

  constructor(
    scope: Construct,
    id: string,
    private readonly props: VaultBackupProps,
  ) {
    super(scope, id);
    const { vault, target, certificate, retention = 14 } = props;
    const { namespace } = vault.bootstrap;
    const bootstrap = this.makeBootstrap(namespace);
    bootstrap.configure({
      address: vault.address,
      caFile: CertificateAuthority.FILE,
      role: NAME,
      certificate,
      retention,
      deadlineSec: DEADLINE_SEC,
      target: target.config,
      namespace,
      configMap: VaultBackup.STATUS,
    });
    bootstrap.publish(namespace, 'configmaps', VaultBackup.STATUS);
    this.setUpVault(namespace);
    vault.allowFrom(bootstrap.peer);
    target.allowFrom(bootstrap.peer);
  }

  private makeBootstrap(namespace: string): Bootstrap {
    const { target, schedule = '0 3 * * *' } = this.props;
    const kept = target.attach(this, namespace, { name: NAME, instance: NAME, component: 'bootstrap' });
    return new Bootstrap(this, 'bootstrap', {
      namespace,
      name: NAME,
      program: NAME,
      run: { cron: schedule, deadlineSec: DEADLINE_SEC },
      tokenAudience: VaultCluster.AUDIENCE,
      serviceAccountAnnotations: target.serviceAccountAnnotations,
      env: kept.env,
      mounts: [CertificateAuthority.mount('ca'), ...kept.mounts],
      volumes: [CertificateAuthority.volume('ca'), ...kept.volumes],
    });
  }

  private setUpVault(namespace: string): void {
    this.props.vault.bootstrap.configure({
      policies: [{ name: NAME, paths: VaultSnapshots.PATHS }],
      roles: [
        {
          name: NAME,
          serviceAccounts: [NAME],
          namespaces: [namespace],
          audience: VaultCluster.AUDIENCE,
          policies: [NAME],
          tokenPeriodSec: 900,
          noDefaultPolicy: true,
        },
      ],
    });
  }
}
