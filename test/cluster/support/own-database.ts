import { exec, find } from './kubectl';

/** A database that the platform runs for one of its parts, which gives namespace, user and database their name. */
export class OwnDatabase {
  readonly place: { readonly namespace: string; readonly pod: string };

  constructor(private readonly part: 'boundary' | 'keycloak') {
    this.place = { namespace: part, pod: `${part}-database-0` };
  }

  /** The password that the part has. */
  async password(): Promise<string> {
    const { data } = await find('secret', this.part, `${this.part}-database`);
    return Buffer.from(data.password, 'base64').toString();
  }

  /** What PostgreSQL answers to a statement, a line for each row. */
  async sql(statement: string, database: string = this.part): Promise<string> {
    const client = ['psql', '-h', '/tmp', '-U', this.part, '-d', database, '-Atc', statement];
    const { code, stdout, stderr } = await exec(this.place, client);
    if (code !== 0) throw new Error(`${statement}: ${stderr}`);
    return stdout.trim();
  }

  /** Exit status of a login with a password, as programs in other pods do it: 0 where it opens the database, 2 where not. */
  async opens(given: string): Promise<number> {
    const client = `psql -h "$(hostname -i)" -U ${this.part} -c "select 1" ${this.part}`;
    const login = `read -r PGPASSWORD; export PGPASSWORD; ${client}`;
    return (await exec(this.place, ['sh', '-c', login], { input: `${given}\n` })).code;
  }
}
