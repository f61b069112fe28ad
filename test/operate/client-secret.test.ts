import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kubectl, type KubeObject } from '../../lib/operate/cluster/kubectl';
import { setClientSecret } from '../../lib/operate/secrets/client-secret';
import { bundled } from '../helpers/bundled';
import { synth } from '../helpers/synth';

const VALUE = 'of-the-client-alone';
const OIDC = 'oidc: {issuer: "https://id.example.com", clientId: platform, clientSecretName: id-client}';
const WEB = 'web: {enabled: true}\nenvironments: {replicas: 2}';
const ALL = ['boundary', 'platform-bootstrap', 'web'];

/** A cluster with namespaces, which keeps what it is given. */
class Told extends Kubectl {
  readonly written: KubeObject[] = [];
  readonly args: string[] = [];

  constructor(private readonly namespaces: readonly string[]) {
    super();
  }

  override find = async (kind: string, name: string) =>
    kind === 'namespace' && this.namespaces.includes(name) ? { metadata: { name } } : undefined;

  override answer: Kubectl['answer'] = async (args, { input } = {}) => {
    this.args.push(...args);
    this.written.push(JSON.parse(String(input)));
    return '';
  };

  override run: Kubectl['run'] = async (args) => {
    this.args.push(...args);
    return { exitCode: 0 } as Awaited<ReturnType<Kubectl['run']>>;
  };
}

const set = (told: Told, text: string, given = async () => VALUE) => setClientSecret(told, synth(text).objects, given);
const placesOf = ({ written }: Told) => written.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);

describe('the secret of a client at another identity provider', () => {
  test.each([
    ['with web access', `${OIDC}\n${WEB}`, ['boundary/id-client', 'platform-bootstrap/id-client', 'web/id-client']],
    ['without web access', OIDC, ['boundary/id-client', 'platform-bootstrap/id-client']],
    [
      'with web access alone',
      `${OIDC}\n${WEB}\nvault: {enabled: false}\nboundary: {enabled: false}`,
      ['web/id-client'],
    ],
    [
      'with other namespaces',
      `${OIDC}\nnamespaces: {bootstrap: base, boundary: doors}`,
      ['base/id-client', 'doors/id-client'],
    ],
  ])('goes %s to each part that logs people in with it, once', async (_, text, places) => {
    const told = new Told([...ALL, 'base', 'doors']);
    await set(told, text);
    expect(placesOf(told)).toEqual(places);
    expect(told.written.map(({ stringData }) => stringData)).toEqual(places.map(() => ({ 'client-secret': VALUE })));
    expect(told.args.join(' ')).not.toContain(VALUE);
  });

  test('is looked at at once by pods that have it as a file', async () => {
    const told = new Told(ALL);
    await set(told, `${OIDC}\n${WEB}`);
    const looked = told.args.flatMap((arg, at) =>
      arg === 'annotate' ? told.args.slice(at).indexOf('--namespace') + at : [],
    );
    expect(looked.map((at) => told.args[at + 1])).toEqual(ALL);
  });

  test.each([
    ['Keycloak’s clients have their own', WEB],
    [
      'a public client has none',
      `vault: {enabled: false}\nboundary: {enabled: false}\n${OIDC.replace(', clientSecretName: id-client', '')}\n${WEB}`,
    ],
    ['nobody logs in', 'keycloak: {enabled: false}'],
  ])('has no place where %s, and nobody is asked for it', async (_, text) => {
    const given = jest.fn();
    await expect(set(new Told(ALL), text, given)).rejects.toThrow(
      /^platform.yaml names no oidc.clientSecretName, or .* sandboxctl secrets rotate$/,
    );
    expect(given).not.toHaveBeenCalled();
  });

  test('is not asked for before it has all its places', async () => {
    const told = new Told(['boundary']);
    const given = jest.fn();
    await expect(set(told, `${OIDC}\n${WEB}`, given)).rejects.toThrow(
      'not there yet: namespace platform-bootstrap, namespace web. sandboxctl up namespaces makes what is missing; nothing is changed',
    );
    expect([given.mock.calls, told.written]).toEqual([[], []]);
  });
});

describe('the command that sets it', () => {
  const cli = bundled('lib/operate/cli.ts');
  const folder = mkdtempSync(join(tmpdir(), 'set-oidc-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const bin = join(folder, 'bin');
  const project = join(folder, 'project');
  for (const path of [bin, project]) mkdirSync(path);
  const reader = {
    kind: 'ServiceAccount',
    metadata: { name: 'keeper', namespace: 'doors', annotations: { 'agent-sandbox.dev/client-secret': 'id-client' } },
  };
  writeFileSync(join(folder, 'made.k8s.yaml'), JSON.stringify(reader));
  writeFileSync(
    join(project, 'cdktf.json'),
    JSON.stringify({
      app: `mkdir -p "$CDK8S_OUTDIR" && cp "${folder}/made.k8s.yaml" "$CDK8S_OUTDIR/40-doors.k8s.yaml"`,
    }),
  );
  writeFileSync(
    join(bin, 'kubectl'),
    `#!/bin/sh
echo "$@" >> "${folder}/args"
case $1 in
get) [ "$2" = secret ] || echo '{"metadata": {}}' ;;
apply) cat >> "${folder}/input" ;;
esac
`,
    { mode: 0o755 },
  );
  const setOidc = () =>
    spawnSync(process.execPath, [cli, 'secrets', 'set-oidc'], {
      cwd: project,
      env: { ...process.env, DEBUG: 'true', PATH: `${bin}:${process.env.PATH}` },
      input: `${VALUE}\n`,
      encoding: 'utf8',
    });

  test('shows it nowhere, and leaves the folder as a deploy reads it', () => {
    const { status, stdout, stderr } = setOidc();
    expect([status, stdout]).toEqual([0, 'in Secret doors/id-client: logins follow within half a minute\n']);
    expect(stderr).toContain('+ kubectl apply');
    expect(stderr).not.toContain(VALUE);
    const [args, input] = ['args', 'input'].map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(JSON.parse(input)).toMatchObject({
      metadata: { name: 'id-client', namespace: 'doors' },
      stringData: { 'client-secret': VALUE },
    });
    expect(args).not.toContain(VALUE);
    expect(readdirSync(project)).toEqual(['cdktf.json']);
  });
});
