// biome-ignore-all lint/suspicious/noTemplateCurlyInString: .env files hold such texts
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Kubectl, KubeObject } from '../../lib/operate/cluster/kubectl';
import { untilArrived } from '../../lib/operate/secrets/arrival';
import { readSecrets } from '../../lib/operate/secrets/dotenv';
import { storeOf } from '../../lib/operate/secrets/stores';
import { expectKey, givenValue } from '../../lib/operate/secrets/value';

const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
const fileWith = (text: string): string => {
  const path = join(folder, 'given');
  writeFileSync(path, text);
  return path;
};

/** A cluster with objects, which answers to nothing else. */
const clusterOf = (objects: readonly KubeObject[]): Kubectl =>
  ({
    list: async (kinds: string, { selector = '' } = {}) => {
      const wanted = selector.split(',').map((term) => term.split('='));
      return objects.filter(
        ({ kind, metadata }) =>
          kinds.split(',').includes(`${kind.toLowerCase()}s`) &&
          wanted.every(([label, value]) => metadata.labels?.[label] === value),
      );
    },
  }) as Partial<Kubectl> as Kubectl;

const manifests = ['20-vault', '50-environments'].flatMap((name) =>
  parseAllDocuments(readFileSync(resolve(__dirname, `../../dist/${name}.k8s.yaml`), 'utf8')).map((d) => d.toJS()),
);

describe('the store of secrets', () => {
  test('is the one in Vault that the manifests name', async () =>
    expect((await storeOf(clusterOf(manifests))).name).toBe('secret/devenv/credentials in Vault'));

  test('is a Secret beside the environments where nothing comes from Vault', async () => {
    const others = manifests.filter(({ kind }) => kind !== 'ServiceAccount');
    expect((await storeOf(clusterOf(others))).name).toBe('Secret devenv/devenv-secrets');
  });

  test('is the Secret that is there for people to fill', async () => {
    const labels = {
      'app.kubernetes.io/part-of': 'agent-sandbox-platform',
      'app.kubernetes.io/name': 'plain-secrets',
    };
    const secret = { kind: 'Secret', metadata: { name: 'devenv-vault-secrets', labels } };
    const others = [...manifests.filter(({ kind }) => kind !== 'ServiceAccount'), secret];
    expect((await storeOf(clusterOf(others))).name).toBe('Secret devenv/devenv-vault-secrets');
  });

  describe('of one user', () => {
    const labels = { 'app.kubernetes.io/part-of': 'agent-sandbox-platform' };
    const annotated = (environment?: string) => environment && { 'agent-sandbox.dev/environment': environment };
    const writer = (path: string, environment?: string) => ({
      kind: 'ServiceAccount',
      metadata: {
        name: `${path.replace('/', '-')}-writer`,
        labels: { ...labels, 'app.kubernetes.io/component': 'secret-writer' },
        annotations: { 'agent-sandbox.dev/vault-secret': `secret/${path}`, ...annotated(environment) },
      },
    });
    const secret = (name: string, environment?: string) => ({
      kind: 'Secret',
      metadata: {
        name,
        labels: { ...labels, 'app.kubernetes.io/name': 'plain-secrets' },
        annotations: annotated(environment),
      },
    });
    const sets = manifests.filter(({ kind }) => kind === 'StatefulSet');
    const inVault = clusterOf([...sets, writer('devenv/alice', 'devenv-alice'), writer('devenv/credentials')]);
    const plain = clusterOf([
      ...sets,
      secret('devenv-alice-vault-secrets', 'devenv-alice'),
      secret('devenv-vault-secrets'),
    ]);

    test.each<[string, Kubectl, string | undefined, string]>([
      ['in Vault', inVault, 'alice', 'secret/devenv/alice in Vault'],
      ['by the name of the environment', inVault, 'devenv-alice', 'secret/devenv/alice in Vault'],
      ['beside that of all in Vault', inVault, undefined, 'secret/devenv/credentials in Vault'],
      ['in Kubernetes', plain, 'alice', 'Secret devenv/devenv-alice-vault-secrets'],
      ['beside that of all in Kubernetes', plain, undefined, 'Secret devenv/devenv-vault-secrets'],
    ])('is found %s', async (_title, cluster, user, name) => expect((await storeOf(cluster, user)).name).toBe(name));

    test.each([
      ['in Vault', inVault],
      ['in Kubernetes', plain],
    ])('is refused where that user has none %s, and is not that of all', (_title, cluster) =>
      expect(storeOf(cluster, 'bob')).rejects.toThrow('bob has no secret alone that is written from here'),
    );
  });

  test.each([
    ['is removed with the platform where it was made for it', undefined, 'agent-sandbox-platform'],
    ['stays where somebody had made it', { metadata: {} }, undefined],
  ])('%s', async (_, found, partOf) => {
    const inputs: string[] = [];
    const others = manifests.filter(({ kind }) => kind !== 'ServiceAccount');
    const kubectl = Object.assign(clusterOf(others), {
      find: async () => found,
      answer: async (_args: unknown, { input }: { input: string }) => inputs.push(input),
    });
    await (await storeOf(kubectl)).write({ github_token: 'x' });
    const [{ metadata }] = inputs.map((input) => JSON.parse(input));
    expect(metadata.labels?.['app.kubernetes.io/part-of']).toBe(partOf);
  });

  test('is nowhere without environments', () =>
    expect(storeOf(clusterOf([]))).rejects.toThrow('there are no environments in this cluster: sandboxctl up makes'));
});

describe('a value that is written', () => {
  const pod = (set: string): KubeObject => ({
    kind: 'Pod',
    metadata: {
      name: `${set}-0`,
      namespace: 'devenv',
      labels: {
        'app.kubernetes.io/part-of': 'agent-sandbox-platform',
        'app.kubernetes.io/component': 'environment',
        'app.kubernetes.io/instance': set,
      },
    },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
  const own = { kind: 'Secret', metadata: { name: 'devenv-alice-vault-secrets' }, data: { github_token: 'eA==' } };
  const asked = async (key: string, user?: string): Promise<string[]> => {
    const pods: string[] = [];
    const run = async (args: readonly string[]) => {
      pods.push(args[3]);
      return { exitCode: 0, stdout: createHash('sha256').update('x').digest('hex'), stderr: '' };
    };
    const list = async (kind: string) => (kind === 'secrets' ? [own] : [pod('devenv-alice'), pod('devenv-bob')]);
    const kubectl = { list, run } as Partial<Kubectl> as Kubectl;
    await untilArrived(kubectl, { [key]: 'x' }, { timeoutSec: 1, json: true, user });
    return pods.sort();
  };

  test.each<[string, string, string | undefined, string[]]>([
    ['for all, in all', 'other', undefined, ['devenv-alice-0', 'devenv-bob-0']],
    ['for all, where nobody has another alone', 'github_token', undefined, ['devenv-bob-0']],
    ['for one user, in that environment', 'github_token', 'alice', ['devenv-alice-0']],
  ])('is awaited %s', async (_title, key, user, pods) => expect(await asked(key, user)).toEqual(pods));
});

describe('a .env file', () => {
  test('has secrets for environments, settings that stay, and names without a value', () => {
    const text = 'GITHUB_TOKEN="${GITHUB_TOKEN:-ghp_x}"\nDEVENV_REPLICAS=3\nDEBUG=true\nLANGFUSE_HOST=\n';
    expect(readSecrets(fileWith(text))).toEqual({
      values: { github_token: 'ghp_x' },
      settings: ['DEVENV_REPLICAS', 'DEBUG'],
      empty: ['LANGFUSE_HOST'],
    });
  });

  test('with one name in two spellings is refused', () => {
    expect(() => readSecrets(fileWith('API_KEY=a\napi_key=b\n'))).toThrow(
      /has api_key in capitals and in small letters, which is one name here: keep one of them; nothing is changed$/,
    );
  });

  test('that is not there is named', () =>
    expect(() => readSecrets(join(folder, 'none'))).toThrow(/none is not there: name the .env file/));
});

describe('a value', () => {
  test('is a file’s, without the newline at its end', async () =>
    expect(await givenValue('a', { fromFile: fileWith('one\ntwo\n') })).toBe('one\ntwo'));

  test('that is empty changes nothing', () =>
    expect(givenValue('a', { fromFile: fileWith('\n') })).rejects.toThrow('the value of a is empty'));

  test('cannot be read from a file that is not there', () =>
    expect(givenValue('a', { fromFile: join(folder, 'none') })).rejects.toThrow(/none cannot be read/));

  test.each(['', '..', 'a b', 'a/b', 'ä'])('has no key "%s"', (key) =>
    expect(() => expectKey(key)).toThrow(`"${key}" is no key`),
  );
});
