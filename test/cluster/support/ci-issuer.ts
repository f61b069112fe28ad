import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { makeCertificate } from './backup';
import { workFile } from './platform';

const PORT = 17_073;
const KEY = 'ci-issuer.pem';

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A test server: what a CI is to whoever checks the tokens of its jobs. */
export class CiIssuer {
  static readonly AUDIENCE = 'agent-sandbox';

  private server?: Server;

  private constructor(
    readonly issuer: string,
    /** What signs its certificate, in PEM. */
    readonly authority: string,
    private readonly key: string,
  ) {}

  /** The one of this run, at an address of this machine that pods reach. */
  static async at(address: string): Promise<CiIssuer> {
    if (!existsSync(workFile(KEY))) {
      await makeCertificate('ci', `IP:${address}`);
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      writeFileSync(workFile(KEY), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    }
    const [key, authority] = [readFileSync(workFile(KEY), 'utf8'), readFileSync(workFile('ci.crt'), 'utf8')];
    const made = new CiIssuer(`https://${address}:${PORT}`, authority, key);
    await made.serve(address);
    return made;
  }

  /** The token of a job. */
  token(claims: object): string {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: this.issuer, aud: CiIssuer.AUDIENCE, sub: 'job', iat: now, exp: now + 600, ...claims };
    const text = `${base64url({ alg: 'RS256', kid: 'ci', typ: 'JWT' })}.${base64url(all)}`;
    return `${text}.${sign('RSA-SHA256', Buffer.from(text), createPrivateKey(this.key)).toString('base64url')}`;
  }

  private serve(address: string): Promise<void> {
    const { issuer } = this;
    const jwk = createPublicKey(createPrivateKey(this.key)).export({ format: 'jwk' });
    const answers: Record<string, object> = {
      '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/keys` },
      '/keys': { keys: [{ ...jwk, kid: 'ci', alg: 'RS256', use: 'sig' }] },
    };
    const tls = { key: readFileSync(workFile('ci.key')), cert: this.authority };
    const server = createServer(tls, ({ url = '' }, response) => {
      response.writeHead(answers[url] ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answers[url] ?? {}));
    });
    this.server = server;
    return new Promise((resolve, reject) => server.once('error', reject).listen(PORT, address, resolve));
  }

  /** Leaves the address to the next file's. */
  end(): Promise<unknown> {
    this.server?.closeAllConnections();
    return new Promise((resolve) => this.server?.close(resolve) ?? resolve(undefined));
  }
}
