import { Failure } from '../failure';
import { lastLines, run } from '../run';
import { expectCommandLine, HANDED, handOver } from './handed';
import type { SecretStore, Values } from './store';

/** What stands there. */
interface Standing {
  /** Its version; none where it was made without a value. */
  readonly version?: string;
  readonly fields: Values;
}

/** What marks the version that was written last, until the next one: AWS drops those without a mark. */
const WRITTEN = 'SANDBOXCTL';
/** So often others may come first. */
const TRIES = 5;

/** A secret of AWS Secrets Manager: a JSON document whose fields are the keys. Who writes is who aws is logged in as. */
export class AwsStore implements SecretStore {
  readonly name: string;

  private constructor(
    private readonly id: string,
    private readonly region: string,
  ) {
    this.name = `${id} in AWS Secrets Manager (${region})`;
  }

  /** @throws Failure - where AWS' command line is not here */
  static async at(id: string, region: string): Promise<AwsStore> {
    const store = new AwsStore(id, region);
    await expectCommandLine('aws', store.name);
    return store;
  }

  async read(): Promise<Values> {
    const fields = Object.entries((await this.standing())?.fields ?? {});
    return Object.fromEntries(
      fields.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
    );
  }

  write = (values: Values): Promise<void> => this.change((fields) => ({ ...fields, ...values }));

  remove = (key: string): Promise<void> => this.change(({ [key]: _, ...others }) => others);

  /** Puts another document in the place of that which stands there, and in no other's, which somebody wrote meanwhile. */
  private async change(changed: (fields: Values) => Values): Promise<void> {
    let before = await this.standing();
    for (let tries = 0; tries < TRIES; tries++) {
      const refused = await this.put(changed(before?.fields ?? {}), before);
      if (refused === undefined) return;
      const now = await this.standing();
      if (!now === !before && now?.version === before?.version) throw this.failure(refused);
      before = now;
    }
    throw new Failure(`${this.name}: others write at the same time: nothing is changed; run the same again`);
  }

  /** @returns what AWS says, where it refuses to */
  private async put(fields: Values, before: Standing | undefined): Promise<string | undefined> {
    const document = ascii(JSON.stringify(fields));
    if (!before) return (await this.handOver(['create-secret', '--name', this.id], document)).refused;
    const command = ['put-secret-value', '--secret-id', this.id];
    // The first version of all is what readers get, whatever marks it.
    if (before.version === undefined) return (await this.handOver(command, document)).refused;
    const { refused, said } = await this.handOver([...command, '--version-stages', WRITTEN], document);
    return refused ?? this.moveCurrent(before.version, JSON.parse(said).VersionId);
  }

  /** Has readers get a version in the place of another one: AWS refuses where they get a third one by now. */
  private async moveCurrent(from: string, to: string): Promise<string | undefined> {
    const mark = ['--secret-id', this.id, '--version-stage', 'AWSCURRENT'];
    const versions = ['--move-to-version-id', to, '--remove-from-version-id', from];
    const { exitCode, stderr } = await run('aws', this.args(['update-secret-version-stage', ...mark, ...versions]));
    return exitCode === 0 ? undefined : stderr;
  }

  private async handOver(command: readonly string[], document: string): Promise<{ refused?: string; said: string }> {
    const args = this.args([...command, '--secret-string', `file://${HANDED}`]);
    const { exitCode, stdout, stderr } = await handOver('aws', args, document);
    return { refused: exitCode === 0 ? undefined : stderr, said: stdout };
  }

  private async standing(): Promise<Standing | undefined> {
    const { exitCode, stdout, stderr } = await run('aws', this.args(['get-secret-value', '--secret-id', this.id]));
    // Made by somebody, such as Terraform, who left its value to others.
    if (/ResourceNotFoundException.*staging label/.test(stderr)) return { fields: {} };
    if (/ResourceNotFoundException/.test(stderr)) return undefined;
    if (exitCode !== 0) throw this.failure(stderr);
    const { SecretString: text, VersionId: version } = JSON.parse(stdout);
    const fields = parsed(text);
    if (fields) return { version, fields };
    throw new Failure(
      `${this.name} is no JSON document with a field for each key, so that environments get nothing of it: write {} there, or what it was to be; nothing is changed`,
    );
  }

  private args = (command: readonly string[]): string[] => [
    'secretsmanager',
    ...command,
    '--region',
    this.region,
    '--output',
    'json',
  ];

  private failure(text: string): Failure {
    const mend = /marked for deletion/.test(text)
      ? `: aws secretsmanager restore-secret --secret-id ${this.id} --region ${this.region} takes that back`
      : '';
    return new Failure(`${this.name}: ${lastLines(text, 3)}${mend}`);
  }
}

/** The same document whatever encoding the reader takes files to have. */
const ascii = (json: string): string =>
  json.replace(/[\u0080-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

function parsed(text: string | undefined): Values | undefined {
  try {
    const document = JSON.parse(text ?? '');
    return typeof document === 'object' && document !== null && !Array.isArray(document) ? document : undefined;
  } catch {
    return undefined;
  }
}
