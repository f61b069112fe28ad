import type { Refused } from './refused-values';

/** What no text may hold, wherever it stands. */
export const refusedTexts: Refused[] = [
  [
    'signs that a server-side apply does not carry',
    'environments: {annotations: {example.com/note: "next\\x85line"}, env: {A: "\\uFFFEmarked"}}',
    '…environments.annotations["example.com/note"]: must not hold control characters …',
    '…environments.env.A: must not hold control characters …',
  ],
  [
    'references that only CDKTF makes',
    'terraform: {kubeContext: "#{TfToken[TOKEN.0]}"}\nenvironments: {env: {A: "x&{TfToken[TOKEN.0]}"}}',
    '…terraform.kubeContext: must not hold "{TfToken[" after $, # or &: CDKTF would put something else in its place',
    '…environments.env.A: must not hold "{TfToken[" …',
  ],
  [
    'half a character, such as of a text that was cut',
    'annotations: {example.com/note: "cut \\ud83d"}\nenvironments: {users: {a: {env: {A: "\\udc00"}}}}',
    '…annotations["example.com/note"]: must not hold half a character: no reader of YAML takes it',
    '…environments.users.a.env.A: must not hold half a character…',
  ],
];
