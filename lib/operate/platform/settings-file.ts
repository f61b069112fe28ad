import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Document, isAlias, isCollection, isMap, parseDocument, visit } from 'yaml';
import { ENVIRONMENT_KEYS } from '../../config/environment';
import { dotenvOf, platformFiles } from '../../config/files';
import { Failure } from '../failure';
import { writeWhole } from '../write';

/** Of the order of bytes, which UTF-8 has no need of. */
const MARK = '\uFEFF';

/** The file that says what a platform is like: of several, the last one, which counts over the others. */
export class SettingsFile {
  readonly path: string;
  /** Whether it counts over another one. */
  private readonly isOverlay: boolean;

  constructor(private readonly folder: string) {
    const names = platformFiles({ cwd: folder, env: process.env });
    this.isOverlay = names.length > 1;
    this.path = join(folder, names.at(-1) as string);
    if (!existsSync(this.path)) throw new Failure(`${this.path} is not there: run this where platform.yaml is`);
  }

  get text(): string {
    return readFileSync(this.path, 'utf8');
  }

  write(text: string): void {
    writeWhole(this.path, text);
  }

  /** Names of the users that have environments of their own. */
  users(): string[] {
    return Object.keys(parseDocument(this.text).toJS()?.environments?.users ?? {});
  }

  /**
   * Its text with other settings; comments, line ends and all else stay. The file stays, too.
   * @param settings values by their keys, such as `environments.replicas`; undefined takes one back
   * @throws Failure - for a key below one that holds a single value or stands in several places, for one that .env or
   * the environment gives, and where the file is no YAML
   */
  textWith(settings: Readonly<Record<string, unknown>>): string {
    this.expectToCount(settings);
    const document = parseDocument(this.text.replace(MARK, '').replaceAll('\r\n', '\n'));
    const [broken] = document.errors;
    if (broken)
      throw new Failure(
        `${this.path} is no YAML: ${broken.message.split('\n')[0].replace(/:$/, '')}; nothing is changed`,
      );
    if (document.contents !== null && !isMap(document.contents))
      throw new Failure(`${this.path} is no map of settings`);
    for (const [key, value] of Object.entries(settings)) {
      const path = key.split('.');
      for (let depth = 1; depth < path.length; depth++) {
        const above = path.slice(0, depth);
        const held = document.getIn(above);
        if (isShared(document, held))
          throw new Failure(
            `${this.path} has what stands at ${above.join('.')} in other places too (& and *): ${key} would count in all of them, so write it out; nothing is changed`,
          );
        // A key without a value, such as a user with no settings, holds nothing that could be added to.
        if (held === null) document.setIn(above, document.createNode({}));
        else if (held !== undefined && !isMap(held))
          throw new Failure(`${this.path} has a value at ${above.join('.')}, so that it can have no ${key}`);
      }
      if (value !== undefined) document.setIn(path, value);
      else if (this.isOverlay) document.setIn(path, null);
      else if (document.hasIn(path)) document.deleteIn(path);
    }
    return this.asWritten(document.toString({ lineWidth: 0 }));
  }

  /** A text with the line ends of the file, and the mark that editors of Windows begin one with. */
  private asWritten(text: string): string {
    const before = this.text;
    const lines = /^[^\n]*\r\n/.test(before) ? text.replaceAll('\n', '\r\n') : text;
    return before.startsWith(MARK) ? `${MARK}${lines}` : lines;
  }

  /**
   * Changes settings and has `use` act on them; comments and all else stay. Where that fails the file is as it was.
   * @param settings values by their keys, such as `environments.replicas`; undefined takes one back
   */
  async change<T>(settings: Readonly<Record<string, unknown>>, use: () => Promise<T>): Promise<T> {
    const before = this.text;
    this.write(this.textWith(settings));
    try {
      return await use();
    } catch (error) {
      this.write(before);
      throw error;
    }
  }

  /** @throws Failure - where what counts before the file says otherwise */
  private expectToCount(settings: Readonly<Record<string, unknown>>): void {
    const lines = dotenvOf({ cwd: this.folder, env: process.env });
    for (const [name, { path }] of Object.entries(ENVIRONMENT_KEYS)) {
      const here = process.env[name]?.trim();
      const value = here || lines.get(name)?.value.trim();
      if (!value || !(path in settings) || value === String(settings[path])) continue;
      const where = here ? 'in the environment' : `in .env, line ${lines.get(name)?.line},`;
      throw new Failure(
        `${path}: ${name}=${value} ${where} counts before ${basename(this.path)}: change it there, or take it out and run the same again; nothing is changed`,
      );
    }
  }
}

/** Whether a change of a node would be one in several places: it is an alias, or aliases stand for it. */
function isShared(document: Document, node: unknown): boolean {
  if (isAlias(node)) return true;
  const { anchor } = isCollection(node) ? node : { anchor: undefined };
  let found = false;
  if (anchor)
    visit(document, {
      Alias: (_, { source }) => {
        found ||= source === anchor;
      },
    });
  return found;
}
