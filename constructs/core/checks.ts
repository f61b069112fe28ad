import { ApiObject, Chart } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import { DNS_LABEL, SUBDOMAIN } from './rules/names';

const QUANTITY = /^\+?(\d+(\.\d*)?|\.\d+)(n|u|m|k|[MGTPE]|[KMGTPE]i|[eE][-+]?\d+)?$/;

const meant = (name: string): string => {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return slug && slug !== name ? `: did you mean "${slug}"?` : '';
};

/** Whether objects and classes may be called so. */
export const isObjectName = (name: string): boolean => SUBDOMAIN.test(name) && name.length <= 253;

/** The name of an object. @throws if Kubernetes would refuse it */
export function objectName(scope: Construct, name: string): string {
  if (isObjectName(name)) return name;
  const rule = 'a-z, 0-9, "-" and "." inside, at most 253 characters';
  throw new Error(`"${name}" cannot name an object of "${scope.node.path}", which has ${rule}${meant(name)}`);
}

/** A name that is a DNS label, such as a namespace's. @throws if it is none, or too long */
export function label(scope: Construct, what: string, name: string, most = 63): string {
  if (DNS_LABEL.test(name) && name.length <= most) return name;
  const rule = `a-z, 0-9 and "-" inside, at most ${most} characters`;
  throw new Error(`${what} "${name}" of "${scope.node.path}" must have ${rule}${meant(name)}`);
}

/** A whole number within bounds. @throws if it is none */
export function count(scope: Construct, what: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const bounds = most === Number.MAX_SAFE_INTEGER ? `a whole number from ${least}` : `from ${least} to ${most}`;
  throw new Error(`${what} of "${scope.node.path}" must be ${bounds}, got ${value}`);
}

/** A quantity of Kubernetes. @param what it is of, such as `memory` @throws if it is none */
export function amount(what: string, value: string): string {
  if (QUANTITY.test(value)) return value;
  const almost = /^(\d+)\s*([kmgt])i?b$/i.exec(value);
  const unit = almost?.[2].toUpperCase().replace('K', 'k');
  const mend = almost ? `: did you mean ${almost[1]}${unit} or ${almost[1]}${almost[2].toUpperCase()}i?` : '';
  throw new Error(`${what} must be a quantity such as 500m, 512Mi or 10Gi, got "${value}"${mend}`);
}

/**
 * Notes what stands in a Secret. @returns whether that is new
 *
 * @throws if something else stands there, or Kubernetes would refuse the name
 */
export function isNewSecret(known: Map<string, string>, name: string, content: unknown): boolean {
  const own = name.split('/').at(-1) as string;
  if (!isObjectName(own))
    throw new Error(`"${own}" cannot name a Secret, which has a-z, 0-9, "-" and "." inside${meant(own)}`);
  const [before, now] = [known.get(name), JSON.stringify(content)];
  if (before !== undefined && before !== now)
    throw new Error(`Secret "${name}" is asked for twice, with different contents: give one of them another name`);
  known.set(name, now);
  return before === undefined;
}

const checked = new WeakSet<IConstruct>();

/** Has the synthesis of a chart fail where two of its objects are the same one of Kubernetes'. */
export function refuseDuplicates(scope: Construct): void {
  const chart = scope.node.scopes.find((above) => Chart.isChart(above));
  if (!chart || checked.has(chart)) return;
  checked.add(chart);
  chart.node.addValidation({ validate: () => duplicates(chart) });
}

function duplicates(chart: IConstruct): string[] {
  const paths = new Map<string, string>();
  return chart.node.findAll().flatMap((object) => {
    // A name that follows from a digest is not known before the synthesis, and its object's alone.
    if (!ApiObject.isApiObject(object) || typeof object.name !== 'string') return [];
    const { apiGroup, kind, metadata, node } = object;
    const name = [metadata.namespace, object.name].filter(Boolean).join('/');
    const key = `${apiGroup}/${kind} ${name}`;
    const before = paths.get(key);
    paths.set(key, node.path);
    return before ? [`${kind} "${name}" is made twice, by "${before}" and "${node.path}": give one another name`] : [];
  });
}
