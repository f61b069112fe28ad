import type { k8s } from '../core/k8s';

/** What a bootstrap may do with objects of a namespace. */
export interface BootstrapAccess {
  readonly namespace: string;
  readonly resource: 'secrets' | 'configmaps' | 'pods' | 'persistentvolumeclaims' | 'statefulsets/scale';
  readonly names: readonly string[];
  /**
   * `make`: read and write them, and create objects of their kind; `fill`: read and write them; `list`: see all of the
   * kind with what is in them, so not for Secrets. @default 'make'
   */
  readonly right?: 'make' | 'fill' | 'read' | 'delete' | 'list';
}

/** What a Role allows for one kind of object of a namespace. */
export function rulesOf(access: readonly BootstrapAccess[], namespace: string, resource: string): k8s.PolicyRule[] {
  const granted = access.filter((a) => a.namespace === namespace && a.resource === resource);
  const named = (...rights: string[]) => [
    ...new Set(granted.filter(({ right = 'make' }) => rights.includes(right)).flatMap(({ names }) => names)),
  ];
  const rule = (verbs: string[], resourceNames?: string[]) => ({
    apiGroups: [resource.startsWith('statefulsets') ? 'apps' : ''],
    resources: [resource],
    verbs,
    resourceNames,
  });
  const rules = [
    rule(['get', 'patch'], named('make', 'fill')),
    rule(['get'], named('read')),
    rule(['delete'], named('delete')),
  ].filter(({ resourceNames }) => resourceNames && resourceNames.length > 0);
  // Objects that do not exist yet cannot be named, nor can those of a list.
  const created = named('make').length > 0 ? [rule(['create'])] : [];
  const listed = granted.some(({ right }) => right === 'list') ? [rule(['list'])] : [];
  return [...created, ...rules, ...listed];
}
