import { RESTRICTED } from '../../../lib/operate/check/trial';
import { kubectl } from './kubectl';
import { toolsImage } from './network';

/** Something that goes wrong on a cluster, and what a doctor has to say about it. */
export interface Fault {
  readonly plant: () => Promise<unknown>;
  readonly cause: RegExp;
  readonly mend: () => Promise<unknown>;
  /** Why it cannot be planted here. */
  readonly missing?: string;
}

export const NAMESPACE = 'devenv';

export const metadata = (name: string) => ({ name, namespace: NAMESPACE });

export interface PodOptions {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly resources?: object;
  readonly volume?: object;
}

export const spec = ({ image = toolsImage(), command = ['sleep', '600'], resources = {}, volume }: PodOptions) => ({
  automountServiceAccountToken: false,
  terminationGracePeriodSeconds: 1,
  containers: [
    {
      name: 'main',
      image,
      command,
      resources,
      securityContext: RESTRICTED,
      volumeMounts: volume ? [{ name: 'given', mountPath: '/given' }] : [],
    },
  ],
  volumes: volume ? [{ name: 'given', ...volume }] : [],
});

export const claim = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: metadata(name),
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...more },
});
export const pod = (name: string, options: PodOptions) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: metadata(name),
  spec: spec(options),
});
export const remove = (...what: string[]) =>
  kubectl(['delete', ...what, '-n', NAMESPACE, '--ignore-not-found', '--wait=false', '--grace-period=1']);
