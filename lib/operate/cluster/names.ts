import type { KubeObject } from './kubectl';

/** What tells an object from every other one, whatever version of its kind it is written in: `Kind namespace/name`. */
export const nameOf = ({ kind, metadata }: KubeObject): string => `${kind} ${shortNameOf({ metadata })}`;

/** The same of one whose kind is known: `namespace/name`. */
export const shortNameOf = ({ metadata }: KubeObject): string =>
  [metadata.namespace, metadata.name].filter(Boolean).join('/');

/** An object's kind, as kubectl is asked for it and as it answers: `kind.group`. */
export function kindOf({ apiVersion = 'v1', kind }: KubeObject): string {
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  return `${kind.toLowerCase()}${group}`;
}
