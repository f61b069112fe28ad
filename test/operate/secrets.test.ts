// biome-ignore-all lint/suspicious/noTemplateCurlyInString: .env files hold such texts
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Kubectl, KubeObject } from '../../lib/operate/cluster/kubectl';
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
