import type { KubeObject } from './kubectl';

const PREFIX = 'app.kubernetes.io/';

/** Selects what is the platform's, in any namespace. */
export const OURS = `${PREFIX}part-of=agent-sandbox-platform`;

/** Labels of an object that this makes for the platform beside its manifests. */
export const OWN_LABELS: Readonly<Record<string, string>> = Object.fromEntries([OURS.split('=')]);

/** Label of the role within the platform, which selects objects of one. */
export const COMPONENT = `${PREFIX}component`;

/** Selects what environments are made of, running or not. */
export const ENVIRONMENTS = `${OURS},${COMPONENT}=environment`;

type Label = 'name' | 'instance' | 'component' | 'part-of';

/** One of Kubernetes' recommended labels, if an object has it. */
export const labelOf = ({ metadata }: KubeObject, label: Label): string | undefined =>
  metadata.labels?.[`${PREFIX}${label}`];

export const isOurs = (object: KubeObject): boolean => labelOf(object, 'part-of') === 'agent-sandbox-platform';

export const isVault = (object: KubeObject): boolean =>
  object.kind === 'StatefulSet' && labelOf(object, 'name') === 'vault';

/** Whether an object holds what nobody can make anew, besides the files of environments. */
export const holdsData = (object: KubeObject): boolean =>
  isVault(object) || (object.kind === 'StatefulSet' && labelOf(object, 'name') === 'postgresql');

/** Whether an object of a kind is an environment's. */
export const isEnvironment = (object: KubeObject, kind: 'Pod' | 'StatefulSet'): boolean =>
  object.kind === kind && labelOf(object, 'component') === 'environment';
