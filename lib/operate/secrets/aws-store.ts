import { Failure } from '../failure';
import { lastLines, run } from '../run';
import { expectCommandLine, HANDED, handOver } from './handed';
import type { SecretStore, Values } from './store';

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
    const fields = Object.entries((await this.document()) ?? {});
    return Object.fromEntries(
      fields.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
    );
  }

  write = async (values: Values): Promise<void> => this.put(values, await this.document());

  async remove(key: string): Promise<void> {
    const fields = Object.entries((await this.document()) ?? {}).filter(([name]) => name !== key);
    await this.put({}, Object.fromEntries(fields));
  }

  /** @param before what stands there; undefined where there is no such secret */
  private async put(values: Values, before: object | undefined): Promise<void> {
    const command = before ? ['put-secret-value', '--secret-id', this.id] : ['create-secret', '--name', this.id];
    const args = this.args([...command, '--secret-string', `file://${HANDED}`]);
    const { exitCode, stderr } = await handOver('aws', args, ascii(JSON.stringify({ ...before, ...values })));
    if (exitCode !== 0) throw this.failure(stderr);
  }

  private async document(): Promise<object | undefined> {
    const { exitCode, stdout, stderr } = await run('aws', this.args(['get-secret-value', '--secret-id', this.id]));
    // Made by somebody, such as Terraform, who left its value to others.
    if (/ResourceNotFoundException.*staging label/.test(stderr)) return {};
    if (/ResourceNotFoundException/.test(stderr)) return undefined;
    if (exitCode !== 0) throw this.failure(stderr);
    const document = parsed(JSON.parse(stdout).SecretString);
    if (document) return document;
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

function parsed(text: string | undefined): object | undefined {
  try {
    const document = JSON.parse(text ?? '');
    return typeof document === 'object' && document !== null && !Array.isArray(document) ? document : undefined;
  } catch {
    return undefined;
  }
}
