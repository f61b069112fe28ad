import { ScriptServer } from './script-server';

/** The token that Vault's engine has to log in with. */
const ENGINE_TOKEN = 'engine-token-of-the-test';
const server = new ScriptServer('terraform-cloud', [ENGINE_TOKEN]);

/** What the server was asked: tokens made and revoked, in their order. */
export interface Journal {
  readonly made: readonly string[];
  readonly revoked: readonly string[];
}

/** A test server that speaks the part of Terraform Cloud's API that makes and revokes tokens. */
export const testTerraformCloud = {
  ENGINE_TOKEN,
  url: server.url,
  start: () => server.start(),

  async journal(): Promise<Journal> {
    const entries: { made?: string; revoked?: string }[] = await server.read('journal');
    return {
      made: entries.flatMap(({ made }) => made ?? []),
      revoked: entries.flatMap(({ revoked }) => revoked ?? []),
    };
  },
};
