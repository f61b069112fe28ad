import type { k8s } from '../core/k8s';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** The pod's name. */
export const HOSTNAME: k8s.EnvVar = { name: 'HOSTNAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };
/** Everything but tabs that would end or garble a line of sshd's configuration. */
const CONTROL = /(?!\t)\p{Cc}/u;
/** Of the platform (HOSTNAME chooses whose keys and principals sshd takes), of sshd, and of shells, which change them. */
const RESERVED = new Set([
  ...['HOME', 'HOSTNAME', 'USER', 'LOGNAME', 'SSH_CLIENT', 'SSH_CONNECTION', 'SSH_ORIGINAL_COMMAND', 'SSH_TTY'],
  ...['_', 'BASHOPTS', 'EUID', 'IFS', 'LINENO', 'OLDPWD', 'OPTIND', 'PPID', 'PWD', 'SHELLOPTS', 'SHLVL', 'UID'],
]);
const isReserved = (name: string) => RESERVED.has(name) || name.startsWith('DEVENV_');

/** Kubernetes takes `$(NAME)` for a reference and `$$` for a dollar; doubled, they arrive as they were written. */
const literal = (value: string) => value.replace(/\$(?=[$(])/g, '$$$$');

function check(owner: string, name: string, value: string): void {
  const refuse = (why: string) => {
    throw new Error(`environment variable ${JSON.stringify(name)} of "${owner}" ${why}`);
  };
  if (!NAME.test(name)) refuse('needs another name: letters, digits and _, no digit first');
  if (isReserved(name)) refuse('is set by the platform: choose another name');
  if (CONTROL.test(value)) refuse('must be one line, without control characters: mount longer texts as a volume');
}

interface Others {
  /** What somebody asks for. @default {} */
  readonly given?: Readonly<Record<string, string>>;
  /** Names of variables that the cluster may put into the container. @default [] */
  readonly put?: readonly string[];
}

/**
 * The variables of an environment, which `DEVENV_VARIABLES` lists for sshd to hand on to every session.
 *
 * @throws if a name is none or reserved, or a value is not one line
 */
export function environmentVariables(
  owner: string,
  suggested: Readonly<Record<string, string>>,
  { given = {}, put = [] }: Others = {},
): k8s.EnvVar[] {
  for (const [name, value] of Object.entries(given)) check(owner, name, value);
  const own = { ...suggested, ...given };
  return [
    { name: 'HOME', value: '/home/node' },
    HOSTNAME,
    { name: 'DEVENV_VARIABLES', value: [...new Set([...Object.keys(own), ...put])].join(' ') },
    ...Object.entries(own).map(([name, value]) => ({ name, value: literal(value) })),
  ];
}
