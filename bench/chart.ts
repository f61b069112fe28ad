import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type User, usersText } from './users';

/** Documents of a stream, without the lines that only one side writes. */
export const documentsOf = (text: string): string[] =>
  text
    .split(/^---\n/m)
    .map((document) => document.replace(/^(# .*\n)+/, '').trimEnd())
    .filter(Boolean);

/**
 * Writes a chart that makes the same objects for each of its users. Its template is what the program wrote for one
 * of them, with that user's fields replaced by actions, so it stays equivalent whatever the constructs become.
 */
export function writeHelmChart(
  folder: string,
  users: Readonly<Record<string, User>>,
  written: readonly string[],
): void {
  const [[name, user]] = Object.entries(users);
  const isOwn = (document: string) => document.includes(name);
  const common = written.filter((document) => !document.includes('user-'));
  const template = written.filter(isOwn).map((document) => templateOf(document, name, user));
  mkdirSync(join(folder, 'templates'), { recursive: true });
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: environments\nversion: 0.1.0\n');
  writeFileSync(join(folder, 'values.yaml'), `users:\n${usersText(users, '  ')}`);
  writeFileSync(join(folder, 'templates', 'common.yaml'), `${common.join('\n---\n')}\n`);
  writeFileSync(
    join(folder, 'templates', 'users.yaml'),
    `{{- range $name, $user := .Values.users }}\n---\n${template.join('\n---\n')}\n{{- end }}\n`,
  );
}

function templateOf(document: string, name: string, { sshKeys, storage, env }: User): string {
  const [[variable, value]] = Object.entries(env);
  return document
    .replaceAll(name, '{{ $name }}')
    .replace(sshKeys[0], '{{ join "\\n" $user.sshKeys }}')
    .replace(`storage: ${storage.workspace}`, 'storage: {{ $user.storage.workspace }}')
    .replace(` ${variable}\n`, '{{ range $key, $_ := $user.env }} {{ $key }}{{ end }}\n')
    .replace(
      `            - name: ${variable}\n              value: ${value}\n`,
      [
        '            {{- range $key, $value := $user.env }}',
        '            - name: {{ $key }}',
        '              value: {{ $value }}',
        '            {{- end }}\n',
      ].join('\n'),
    );
}
