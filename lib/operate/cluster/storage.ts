import type { KubeObject } from './kubectl';

const DEFAULT = 'storageclass.kubernetes.io/is-default-class';

/** Whether claims that name no StorageClass get this one. */
export const isDefault = ({ metadata }: KubeObject): boolean => metadata.annotations?.[DEFAULT] === 'true';

/** The command that makes a StorageClass the default one. */
export const makeDefault = (name = 'NAME'): string => `kubectl annotate storageclass ${name} ${DEFAULT}=true`;
