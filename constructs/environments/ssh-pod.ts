import { HOST_KEY_CONTAINER } from '../core/host-certificates';
import type { k8s } from '../core/k8s';
import type { ContainerSpec } from '../core/pod';
import { resources } from '../core/resources';
import { VaultSsh } from '../vault/ssh';
import { HOSTNAME } from './variables';
import { noticeConfigMap } from './working-hours-annotations';

export const CONFIG_MOUNT: k8s.VolumeMount = { name: 'config', mountPath: '/etc/devenv/config', readOnly: true };
export const RUN_MOUNT: k8s.VolumeMount = { name: 'run', mountPath: '/run/devenv' };
/** Written once, before sshd: no program of the environment changes who it is. */
const IDENTITY_MOUNT: k8s.VolumeMount = { name: 'identity', mountPath: '/etc/devenv/identity' };
const PASSWD_MOUNT: k8s.VolumeMount = { name: 'identity', mountPath: '/etc/passwd', subPath: 'passwd', readOnly: true };

/** What sshd's container mounts. Folders as a whole, so that what changes arrives. */
export const SSH_MOUNTS: readonly k8s.VolumeMount[] = [
  CONFIG_MOUNT,
  RUN_MOUNT,
  { name: 'access', mountPath: '/etc/devenv/access', readOnly: true },
  { name: 'ssh-user-ca', mountPath: '/etc/devenv/ca', readOnly: true },
  { name: 'ssh-revoked-keys', mountPath: '/etc/devenv/revoked', readOnly: true },
  { name: 'ssh-host', mountPath: '/etc/devenv/host-certificates', readOnly: true },
  { name: 'notice', mountPath: '/etc/devenv/notice', readOnly: true },
  PASSWD_MOUNT,
];

/** Secrets of which each may be missing, as one folder. */
export const optionalSecrets = (secrets: readonly k8s.SecretProjection[]): k8s.ProjectedVolumeSource => ({
  sources: secrets.map((secret) => ({ secret: { ...secret, optional: true } })),
});

/** The volumes of a set's pods that sshd needs. All but the set's own are optional: an environment starts without Vault. */
export const sshVolumes = (set: string, hostCertificates: readonly string[]): k8s.Volume[] => [
  { name: 'config', configMap: { name: `${set}-sshd` } },
  { name: 'access', configMap: { name: `${set}-access` } },
  { name: 'ssh-user-ca', configMap: { name: VaultSsh.CONFIG_MAP, optional: true } },
  // An administrator's, who makes it when there is something to revoke.
  { name: 'ssh-revoked-keys', configMap: { name: 'ssh-revoked-keys', optional: true } },
  { name: 'ssh-host', projected: optionalSecrets(hostCertificates.map((name) => ({ name }))) },
  // With or without working hours: another pod template, once they are set, would restart environments in use.
  { name: 'notice', configMap: { name: noticeConfigMap(set), optional: true } },
];

/** What runs before sshd: first the pod's identity is made, then, with it, the host key. */
export const sshInitContainers = (image: string, workspace: k8s.VolumeMount): ContainerSpec[] => [
  script('prepare', image, [workspace, IDENTITY_MOUNT]),
  { ...script(HOST_KEY_CONTAINER, image, [workspace, PASSWD_MOUNT]), env: [HOSTNAME] },
];

const script = (name: string, image: string, mounts: readonly k8s.VolumeMount[]): ContainerSpec => ({
  name,
  image,
  command: ['/bin/sh', `/etc/devenv/config/${name}`],
  resources: resources(['10m', '32Mi'], ['500m', '128Mi']),
  volumeMounts: [CONFIG_MOUNT, RUN_MOUNT, ...mounts],
});
