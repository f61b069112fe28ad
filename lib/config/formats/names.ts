import { isIP } from 'node:net';
import {
  DEFAULT_CONTAINER,
  DNS_LABEL,
  MEANT_FOR_KUBERNETES,
  OF_CONFINEMENT,
  OF_THE_CLUSTER,
  SUBDOMAIN,
} from '../../../constructs/core/rules/names';
import { mappedIpv4 } from './cidr';
import { restOf } from './claims';

const QUALIFIED = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** The StatefulSet's revision label ("devenv-NAME-" and a hash of 10) has to fit into 63 characters. */
const LONGEST_USER_NAME = 45;

const slug = (value: string) =>
  value
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
const meant = (value: string, suggestion = slug(value)) =>
  suggestion && suggestion !== value && suggestion.length <= 63 ? `: did you mean ${suggestion}?` : '';

export function dnsLabelAdvice(value: string): string | undefined {
  if (!DNS_LABEL.test(value)) {
    return `must be a DNS label (a-z, 0-9 and - inside)${meant(value)}`;
  }
  return value.length > 63 ? `must be at most 63 characters long, not ${value.length}` : undefined;
}

/** A release's name has 53 characters, and the longest that is put behind this one has 23. */
const LONGEST_PREFIX = 30;

export function releasePrefixAdvice(value: string): string | undefined {
  if (!DNS_LABEL.test(value) || value.length <= LONGEST_PREFIX) return dnsLabelAdvice(value);
  return `must be at most ${LONGEST_PREFIX} characters long, not ${value.length}: names of releases have 53`;
}

export const namespaceAdvice = (value: string): string | undefined =>
  OF_THE_CLUSTER.test(value)
    ? "must not be one of the cluster's own (default, openshift, and what begins with kube- or openshift-): choose another"
    : dnsLabelAdvice(value);

export function userNameAdvice(value: string): string | undefined {
  const label = DNS_LABEL.test(value) ? undefined : dnsLabelAdvice(value);
  if (label || value.length <= LONGEST_USER_NAME) return label;
  return `must be at most ${LONGEST_USER_NAME} characters long, not ${value.length}: its StatefulSet devenv-NAME has to fit into 52`;
}

/** The label of who writes it has to fit into 63, "-writer" included. */
const LONGEST_SECRET_PATH = 56;

/** A secret's path, from which names of objects are made. */
export function secretPathAdvice(value: string): string | undefined {
  const plain = value.replace(/^\/+|\/+$/g, '').replace(/^secret\/(data\/)?/, '');
  if (plain !== value) return `must be a path below secret/${meant(value, plain)}`;
  if (!value.split('/').every((part) => SUBDOMAIN.test(part)))
    return 'must be a path such as devenv/alice (a-z, 0-9, and inside - and ., with / between its parts)';
  if (value.length <= LONGEST_SECRET_PATH) return undefined;
  return `must be at most ${LONGEST_SECRET_PATH} characters long, not ${value.length}`;
}

/** Letters of any script, digits, and what directories put into names; what begins a path, a pattern or a template stays out. */
const LOGIN = /^[\p{L}\p{M}\p{N}_@.+\-\\'"|:=,~#& ]+$/u;
const LONGEST_LOGIN = 255;

export function loginAdvice(value: string): string | undefined {
  if (value.trim() === '') return 'must not be empty';
  if (value !== value.trim()) return `must not begin or end with a space${meant(value, value.trim())}`;
  if (value.length > LONGEST_LOGIN) return `must be at most ${LONGEST_LOGIN} characters long, not ${value.length}`;
  return LOGIN.test(value)
    ? undefined
    : `must be the user's name as the identity provider says it (letters, digits, spaces inside and any of _ @ . + - \\ ' " | : = , ~ # &)`;
}

/** Engines of Vault that are made otherwise. */
const TAKEN_MOUNTS = ['platform', 'secret', 'terraform', 'pki', 'database', 'sys', 'auth', 'identity', 'cubbyhole'];

/** SSH engines and others may clash with each other; that is told by what clashes. */
export const engineMountAdvice = (value: string) =>
  TAKEN_MOUNTS.includes(value)
    ? `must not be the path of another engine (${TAKEN_MOUNTS.join(', ')}): choose another`
    : dnsLabelAdvice(value);

export const groupAdvice = (value: string) =>
  /^[a-z0-9-]+$/.test(value) ? undefined : `must be a group's name (a-z, 0-9 and -)${meant(value)}`;

export function objectNameAdvice(value: string): string | undefined {
  if (SUBDOMAIN.test(value) && value.length <= 253) return undefined;
  return `must be the name of a Kubernetes object (a-z, 0-9, - and . inside, at most 253 characters)${meant(value)}`;
}

export function claimAdvice(value: string): string | undefined {
  if (restOf(value) === value) return 'must name a workspace claim, such as workspace-devenv-0';
  return objectNameAdvice(value);
}

/** Room for the longest host name put in front of it. */
const LONGEST_DOMAIN = 180;

/** A name that ends in a number is read as an address of IPv4. */
const isHostName = (value: string, longest: number) =>
  SUBDOMAIN.test(value) &&
  value.length <= longest &&
  value.split('.').every((label) => label.length <= 63) &&
  !/(^|\.)(\d+|0x[\da-f]*)$/.test(value);

/** As programs write it. */
const hostMeant = (value: string) => {
  const host = value
    .trim()
    .toLowerCase()
    .replace(/^\[|[.\]]$/g, '');
  return mappedIpv4(host) ?? host;
};

export function domainAdvice(value: string): string | undefined {
  if (/^\w+:\/\//.test(value)) return `must be a domain without a scheme${meant(value, value.split('/')[2])}`;
  if (isHostName(value, LONGEST_DOMAIN)) return undefined;
  const near = hostMeant(value);
  return `must be a domain such as sandbox.example.com, at most ${LONGEST_DOMAIN} characters long${isHostName(near, LONGEST_DOMAIN) ? meant(value, near) : ''}`;
}

export function hostAdvice(value: string): string | undefined {
  const isHost = (text: string) =>
    isIP(text) ? !text.includes('%') && !mappedIpv4(text) : isHostName(text, LONGEST_HOST);
  if (isHost(value)) return undefined;
  const near = hostMeant(value);
  return `must be a host name or an IP address, without scheme and port${isHost(near) ? meant(value, near) : ''}`;
}

const LONGEST_HOST = 253;

const RESERVED = ['app.kubernetes.io/', 'agent-sandbox.dev/'];

export function labelKeyAdvice(value: string): string | undefined {
  if (RESERVED.some((prefix) => value.startsWith(prefix))) {
    return `is set by the platform: choose another prefix than ${RESERVED.join(' and ')}`;
  }
  return qualifiedKeyAdvice(value);
}

/** Of whom autoscalers may move; both say the same. */
const OF_SAFE_TO_EVICT = ['cluster-autoscaler.kubernetes.io/safe-to-evict', 'karpenter.sh/do-not-disrupt'];

export function podAnnotationAdvice(value: string): string | undefined {
  if (OF_SAFE_TO_EVICT.includes(value)) return 'is set by the platform: use safeToEvict';
  if (OF_CONFINEMENT.test(value)) return 'is set by the platform: use podSecurity';
  return value === DEFAULT_CONTAINER ? 'is set by the platform: leave it out' : labelKeyAdvice(value);
}

/** Advice for a key of labels or annotations that every object gets. */
export function commonKeyAdvice(value: string): string | undefined {
  const wrong = labelKeyAdvice(value);
  if (wrong || !MEANT_FOR_KUBERNETES.test(value)) return wrong;
  return 'tells Kubernetes or Helm what to do with an object, which is not for every one: choose a prefix of your own, such as example.com/';
}

export function qualifiedKeyAdvice(value: string): string | undefined {
  const [name, prefix, ...rest] = value.split('/').reverse();
  const ok = QUALIFIED.test(name) && name.length <= 63 && rest.length === 0;
  if (ok && (prefix === undefined || (SUBDOMAIN.test(prefix) && prefix.length <= 253))) return undefined;
  return 'must be a key such as team or example.com/team (letters, digits, -, _ and ., at most 63 after the /)';
}

/** Room for what the API server puts in front of it. */
const LONGEST_DEVICE_DOMAIN = 253 - 'requests.'.length;

/** Advice for the name of what nodes have besides processors, memory and disk. */
export function deviceAdvice(value: string): string | undefined {
  const [domain] = value.split('/');
  const isDevice = value.includes('/') && !qualifiedKeyAdvice(value) && domain.length <= LONGEST_DEVICE_DOMAIN;
  if (isDevice && !/^(.*kubernetes\.io|requests\..*)$/.test(domain)) return undefined;
  return "is no device's name: must be as nodes have it, such as nvidia.com/gpu";
}

export function labelValueAdvice(value: string): string | undefined {
  if (value === '' || (QUALIFIED.test(value) && value.length <= 63)) return undefined;
  return 'must be a label value (letters, digits, and inside -, _ and ., at most 63 characters)';
}

export function absolutePathAdvice(value: string): string | undefined {
  if (!value.startsWith('/')) return `must be an absolute path${meant(value, `/${value}`)}`;
  if (/[:\s]|\/\/|\/\.\.?(\/|$)/.test(value)) return 'must be a plain path, without .., //, : and spaces';
  return value.length > 1 ? undefined : 'must be a folder below /';
}
