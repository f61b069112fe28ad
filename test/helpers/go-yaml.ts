import { type Node, parseDocument } from 'yaml';

/** Texts that Kubernetes' reader of YAML (sigs.k8s.io/yaml, go-yaml v2) takes for true, false or nothing. */
const WORDS = new Set(
  ['y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON', 'n|N|no|No|NO|false|False|FALSE|off|Off|OFF', '|~|null|Null|NULL']
    .join('|')
    .split('|'),
);
const SPECIAL = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** Go's integers of base 0, whose leading zero is octal; what is too big for 64 bits is read as a float. */
const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const DAY = '(\\d{4})-(\\d{1,2})-(\\d{1,2})';
const CLOCK = '(\\d{1,2}):(\\d{1,2}):(\\d{1,2})(?:[.,]\\d+)?';
const TIMESTAMP = new RegExp(`^${DAY}(?:[Tt]${CLOCK}(?:Z|[-+]\\d\\d:\\d\\d)| ${CLOCK})?$`);

/** Whether a text without quotes is anything but itself to that reader, by the rules of its table. */
export function isNoText(plain: string): boolean {
  const first = plain[0] ?? '';
  if (WORDS.has(plain) || SPECIAL.test(plain)) return true;
  if (first === '.') return FLOAT.test(plain);
  if (!/[-+0-9]/.test(first)) return false;
  const bare = plain.replaceAll('_', '');
  return TIMESTAMP.test(plain) || INTEGER.test(bare) || FLOAT.test(bare);
}

/** Its line ends, of which YAML 1.2 has but two. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** A document as that reader reads it; anything without quotes that is no text is `undefined`, as a key `'undefined'`. */
export function readAsGo(text: string): unknown {
  // In this schema every scalar is its own text, so that the rules above are the only ones.
  const document = parseDocument(text.replace(LINE_ENDS, '\n'), { schema: 'failsafe', prettyErrors: false });
  if (document.errors[0]) throw document.errors[0];
  return read(document.contents);
}

function read(node: Node | null): unknown {
  const { items, value, type, source } = node as { items?: unknown[]; value?: string; type?: string; source?: string };
  if (!items) return type === 'PLAIN' && isNoText(source ?? '') ? undefined : value;
  if (!items.some((item) => (item as { key?: Node }).key)) return items.map((item) => read(item as Node));
  return Object.fromEntries(
    (items as { key: Node; value: Node | null }[]).map(({ key, value: held }) => [String(read(key)), read(held)]),
  );
}
