import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createProxy, type Server } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { issue, makeAuthority } from '../../images/bootstrap/src/signing';
import { describeWith } from '../helpers/programs';
import { type Delivered, delivered, removeDelivered } from './delivered';

const folder = mkdtempSync(join(tmpdir(), 'tools-'));
afterAll(() => {
  removeDelivered();
  rmSync(folder, { recursive: true });
});

const HOSTS = ['app.terraform.io', 'github.com', 'gitlab.example.com', 'sts.us-east-1.amazonaws.com'];

/** Stands for hosts of the internet: answers as little as tools need to ask on, and keeps what they prove themselves by. */
class Internet {
  readonly asked: [host: string, authorization: string | undefined][] = [];
  readonly authority = join(folder, 'ca.crt');
  private readonly servers: Server[] = [];
  proxy = '';

  async start(): Promise<void> {
    const authority = await makeAuthority();
    writeFileSync(this.authority, authority.certificate);
    const pair = await issue(authority, { dnsNames: HOSTS, ipAddresses: [] }, 1);
    const hosts = createServer({ cert: pair.certificate, key: pair.key }, ({ url = '', headers }, response) => {
      if (url === '/.well-known/terraform.json') {
        response.setHeader('content-type', 'application/json');
        return response.end('{"modules.v1": "/modules/"}');
      }
      this.asked.push([headers.host ?? '', headers.authorization]);
      // git shows what it has only to whoever asks for it.
      response.writeHead(headers.authorization ? 404 : 401, { 'www-authenticate': 'Basic realm="here"' }).end();
    });
    const { port } = await this.listen(hosts);
    const proxy = createProxy().on('connect', (_request, client) => {
      const server = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
      server.pipe(client).pipe(server);
      for (const end of [client, server]) end.on('error', () => {});
    });
    this.proxy = `http://127.0.0.1:${(await this.listen(proxy)).port}`;
  }

  /** Who was asked and by what proof, each once, in order. */
  proofs(): string[] {
    const proven = this.asked.filter(([, authorization]) => authorization);
    return [...new Set(proven.map((one) => one.join(' ')))];
  }

  stop(): void {
    for (const server of this.servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  private async listen(server: Server): Promise<AddressInfo> {
    this.servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server.address() as AddressInfo;
  }
}

/** Runs a tool as in an environment, whose way out leads to `internet`; its output, whatever its end. */
async function use(secrets: Delivered, internet: Internet, command: readonly string[], cwd = folder): Promise<string> {
  const [program, ...args] = command;
  const env = {
    ...secrets.env(),
    HTTPS_PROXY: internet.proxy,
    SSL_CERT_FILE: internet.authority,
    GIT_SSL_CAINFO: internet.authority,
    AWS_CA_BUNDLE: internet.authority,
    AWS_CONFIG_FILE: join(folder, 'aws-config'),
    ...{ GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', CHECKPOINT_DISABLE: '1' },
    ...{ AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1', AWS_STS_REGIONAL_ENDPOINTS: 'regional' },
  };
  const ended = await promisify(execFile)(program, args, { env, cwd }).catch((error) => error);
  return `${ended.stdout}${ended.stderr}`;
}

describeWith(['jq', 'terraform', 'openssl'], 'Terraform itself', () => {
  const secrets = delivered();
  const internet = new Internet();
  beforeAll(() => internet.start());
  afterAll(() => internet.stop());

  test('asks Terraform Cloud with the token of now, by the helper that its settings name', async () => {
    const home = secrets.env().HOME;
    const plugins = join(home, '.terraform.d/plugins');
    mkdirSync(plugins, { recursive: true });
    for (const [from, to] of [
      ['terraform-credentials-devenv', join(plugins, 'terraform-credentials-devenv')],
      ['terraformrc', join(home, '.terraformrc')],
    ])
      symlinkSync(join(secrets.scripts, from), to);
    const root = mkdtempSync(join(folder, 'root-'));
    writeFileSync(join(root, 'main.tf'), 'module "net" {\n  source = "app.terraform.io/acme/net/aws"\n}\n');
    for (const token of ['one', 'two']) {
      secrets.put({ TFE_TOKEN: token });
      await use(secrets, internet, ['terraform', 'init', '-no-color'], root);
    }
    expect(internet.proofs()).toEqual(['app.terraform.io Bearer one', 'app.terraform.io Bearer two']);
  });
});

describeWith(['git', 'openssl'], 'git itself', () => {
  const secrets = delivered();
  const internet = new Internet();
  const basic = (token: string) => `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const clone = (host: string) => {
    const helper = ['-c', `credential.helper=${secrets.scripts}/git-credential-devenv`];
    return use(secrets, internet, ['git', ...helper, 'ls-remote', `https://${host}/acme/app`]);
  };
  beforeAll(() => internet.start());
  afterAll(() => internet.stop());

  test('proves itself to GitHub by the token of now, and to no other host', async () => {
    for (const token of ['one', 'two']) {
      secrets.put({ GITHUB_TOKEN: token });
      await clone('github.com');
    }
    expect(await clone('gitlab.example.com')).toContain('terminal prompts disabled');
    expect(internet.proofs()).toEqual(['one', 'two'].map((token) => `github.com ${basic(token)}`));
    expect(internet.asked).toContainEqual(['gitlab.example.com', undefined]);
  });
});

describeWith(['jq', 'aws', 'openssl'], 'the AWS command line itself', () => {
  const secrets = delivered();
  const internet = new Internet();
  beforeAll(() => internet.start());
  afterAll(() => internet.stop());

  test('signs with the keys of now, by the process that its settings name', async () => {
    const settings = `[default]\ncredential_process = ${secrets.scripts}/aws-credentials-devenv\n`;
    writeFileSync(join(folder, 'aws-config'), settings);
    for (const AWS_ACCESS_KEY_ID of ['AKIAONE', 'AKIATWO']) {
      secrets.put({ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: 'a/b+c' });
      await use(secrets, internet, ['aws', 'sts', 'get-caller-identity']);
    }
    const keys = internet.asked.map(([host, signed]) => [host, /Credential=(\w+)/.exec(signed ?? '')?.[1]]);
    expect(keys).toEqual(['AKIAONE', 'AKIATWO'].map((key) => ['sts.us-east-1.amazonaws.com', key]));
  });
});
