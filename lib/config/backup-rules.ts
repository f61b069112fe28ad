import { clash, path, type Rule, when } from './contradiction';
import { valueAt } from './layers';

export const backupRules: Rule[] = [
  ({ vault: { backup } }, { files }) =>
    when(backup.enabled && valueAt(files, path('vault.enabled')) === false, () =>
      clash('contradicts vault.enabled: false: there is nothing to back up', 'vault.backup.enabled', 'vault.enabled'),
    ),
  ({ vault: { backup } }) =>
    when(backup.enabled && !backup.encryption.certificate, () =>
      clash(
        'is missing: snapshots are stored for its key alone: openssl req -x509 -newkey rsa:4096 -nodes -days 3650 -subj /CN=vault-backup -keyout backup.key -out backup.crt makes both',
        'vault.backup.encryption.certificate',
        'vault.backup.enabled',
      ),
    ),
  ({ vault: { backup } }) =>
    when(backup.enabled && backup.target.type === 'volume' && backup.retention === 'all', () =>
      clash(
        'given "all", must be a number with a volume, which would fill up: such as 14',
        'vault.backup.retention',
        'vault.backup.target',
      ),
    ),
  ({ vault: { backup } }) =>
    when(
      backup.target.type === 's3' &&
        backup.target.secretName &&
        Object.keys(backup.target.serviceAccountAnnotations).length > 0,
      () =>
        clash(
          'contradicts vault.backup.target.serviceAccountAnnotations: keys in a Secret, or an identity of the ServiceAccount, not both',
          'vault.backup.target.secretName',
          'vault.backup.target.serviceAccountAnnotations',
        ),
    ),
];
