/** Keys of a transit engine. */
export const transitKeyFault = (value: string): string | undefined =>
  /^\w([\w.-]*\w)?$/.test(value)
    ? undefined
    : 'must be the name of a transit key (letters, digits and _, inside - and ., too)';

/** The address of another Vault, which is shown a token. */
export const vaultAddressFault = (value: string): string | undefined =>
  /^https:\/\//i.test(value) ? undefined : 'must use https: tokens would cross the network in clear';

/** Where an engine of another Vault is mounted, with a slash at its end or without. */
export function enginePathFault(value: string): string | undefined {
  const isPath = (text: string) => /^([\w.-]+\/)*[\w.-]+\/?$/.test(text) && !/(^|\/)\.{1,2}(\/|$)/.test(text);
  if (isPath(value) && !/^v1\//.test(value)) return undefined;
  const meant = value.replace(/^\/+(v1\/)?|^v1\//, '').replace(/\/+$/, '');
  return `must be the path of an engine, such as transit or team/transit${isPath(meant) ? `: did you mean ${meant}?` : ''}`;
}

export const organizationFault = (value: string): string | undefined =>
  /^[A-Za-z0-9]([\w-]*[A-Za-z0-9])?$/.test(value)
    ? undefined
    : 'must be the name of an organization, as its address has it (letters, digits, and inside _ and -)';

const idFault = (kind: 'team' | 'user') => (value: string) =>
  new RegExp(`^${kind}-[A-Za-z0-9]+$`).test(value)
    ? undefined
    : `must be the id of a ${kind}, which begins with ${kind}-: the address of its page has it`;

export const teamFault = idFault('team');
export const userFault = idFault('user');
