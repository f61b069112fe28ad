type Signal = 'HUP' | 'TERM';

/** How often a server is told where what it reads may be ahead of who checks it: for three minutes. */
export const UNTIL_OTHERS_FOLLOW = 18;

/**
 * A loop of the shell, beside process 1, that sends it a signal within seconds of a change of any of the files, and again
 * every ten seconds until it has done so `times`: for servers that read their certificates and passwords again only when
 * they are told to.
 */
export const onRenewal = (
  files: readonly string[],
  signal: Signal,
  times = 1,
): string => `seen=$(cat ${files.join(' ')})
left=0
while sleep 10; do
  now=$(cat ${files.join(' ')})
  if [ "$now" != "$seen" ]; then seen=$now left=${times}; fi
  if [ "$left" -gt 0 ]; then left=$((left - 1)) && kill -${signal} 1; fi
done &`;

/** A command with that loop beside it; its image needs a shell. */
export const toldOfRenewal = (command: readonly string[], ...change: Parameters<typeof onRenewal>): string[] => [
  '/bin/sh',
  '-c',
  `set -eu\n${onRenewal(...change)}\nexec "$@"`,
  'sh',
  ...command,
];
