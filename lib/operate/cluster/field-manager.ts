/**
 * Who owns what is written beside manifests, such as a restart and how far a restore is. It is nobody that begins with
 * `kubectl`: what those own Flux takes for changes by hand, and takes back. Nor is it who applies manifests, so that the
 * next `up` leaves it as it is.
 */
export const FIELD_MANAGER = 'sandboxctl';

/** Commands that write and can be told as whom; `scale` cannot, and what it writes Flux leaves alone where no manifest names it. */
const WRITES = /^(annotate|label|patch|replace|taint|rollout restart|create (?!token\b))/;

/** Arguments of kubectl's, by which it writes as this program unless they name another. */
export function signed(args: readonly string[]): readonly string[] {
  if (!WRITES.test(args.join(' ')) || args.some((argument) => argument.startsWith('--field-manager'))) return args;
  return [...args, `--field-manager=${FIELD_MANAGER}`];
}
