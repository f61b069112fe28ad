import type { Construct } from 'constructs';
import { makeDisruptionBudget } from '../core/disruption';
import { metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { claimTemplate } from '../core/pod';
import { type VaultServerProps, vaultPodTemplate } from './server';

interface VaultServersProps extends VaultServerProps {
  readonly replicas: number;
  /** Size of each server's volume. @default '1Gi' */
  readonly storage?: string;
  /** Size of each server's volume for its audit log. @default '1Gi' */
  readonly auditStorage?: string;
  readonly storageClassName?: string;
}

/** All servers, each with volumes of its own that outlive it, and never so few that they lose their majority. */
export function makeVaultServers(scope: Construct, props: VaultServersProps): void {
  const { namespace, identity, replicas, storage = '1Gi', auditStorage = '1Gi', storageClassName } = props;
  new k8s.KubeStatefulSet(scope, 'stateful-set', {
    metadata: metadataOf(scope, identity, 'vault', namespace),
    spec: {
      serviceName: 'vault-internal',
      replicas,
      podManagementPolicy: 'Parallel',
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      selector: { matchLabels: selectorOf(identity) },
      template: vaultPodTemplate(scope, props),
      volumeClaimTemplates: Object.entries({ data: storage, audit: auditStorage }).map(([name, size]) =>
        claimTemplate(scope, { name, identity, size, storageClassName }),
      ),
    },
  });
  const maxUnavailable = Math.max(1, Math.floor((replicas - 1) / 2));
  makeDisruptionBudget(scope, 'pod-disruption-budget', { namespace, identity, maxUnavailable });
}
