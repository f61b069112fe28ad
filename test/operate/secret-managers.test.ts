import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Kubectl, KubeObject } from '../../lib/operate/cluster/kubectl';
import { AwsStore } from '../../lib/operate/secrets/aws-store';
import { AzureStore } from '../../lib/operate/secrets/azure-store';
import { storeOf } from '../../lib/operate/secrets/stores';
import { DELIVERY_CASES } from '../helpers/cases';
import { testWith } from '../helpers/programs';
import { Stubs } from '../helpers/stubs';
import { synth } from '../helpers/synth';
import { freePort } from '../helpers/vault-server';

const stubs = new Stubs();
const stub = (program: string, script: string) => stubs.put(program, script);
const calls = (): string => stubs.calls.join('\n');

/** Where a stand-in keeps a secret: in a file beside it. */
const file = (name: string) => join(stubs.bin, name.replaceAll('/', '+'));
const kept = (name: string): string => readFileSync(file(name), 'utf8');

/** Where a name stands in arguments, and what is kept under it. */
const NAMED = `after() { while [ $# -gt 1 ]; do [ "$1" = "$name" ] && echo "$2" && return; shift; done; }
of() { name=$1; shift; echo "${'$'}{0%/*}/$(after "$@" | tr / +)"; }`;
/** What readers get is kept under the name, with its version beside it, and what is written there until they get it. */
const AWS = `${NAMED}
next() { echo "v$(ls "$at".v* 2>/dev/null | wc -l | tr -d ' ')"; }
id=$(name=--move-to-version-id; after "$@")
case "$2" in
  get-secret-value) at=$(of --secret-id "$@")
    [ -f "$at" ] || { echo '(ResourceNotFoundException) no such secret' >&2; exit 254; }
    exec jq --raw-input --slurp --arg id "$(cat "$at.id")" '{SecretString: ., VersionId: $id}' "$at" ;;
  create-secret) at=$(of --name "$@")
    [ ! -f "$at" ] || { echo '(ResourceExistsException)' >&2; exit 254; }
    cat /dev/stdin > "$at"; echo made > "$at.id" ;;
  put-secret-value) at=$(of --secret-id "$@"); [ -f "$at" ] || exit 1
    id=$(next); cat /dev/stdin > "$at.$id"
    case "$*" in *--version-stages*) ;; *) cp "$at.$id" "$at"; echo "$id" > "$at.id" ;; esac
    echo "{\\"VersionId\\": \\"$id\\"}" ;;
  update-secret-version-stage) at=$(of --secret-id "$@")
    [ "$(name=--remove-from-version-id; after "$@")" = "$(cat "$at.id")" ] || { echo '(InvalidParameterException) another one' >&2; exit 254; }
    cp "$at.$id" "$at"; echo "$id" > "$at.id" ;;
esac`;
const AZ = `${NAMED}
at=$(of --name "$@")
case "$3" in
  show) [ -f "$at" ] || { echo 'ERROR: (SecretNotFound) no such secret' >&2; exit 3; }
    exec jq --raw-input --slurp . "$at" ;;
  set) [ ! -f "$at.deleted" ] || { echo 'ERROR: (Conflict) it is in a deleted but recoverable state' >&2; exit 1; }
    cat "$(name=--file; after "$@")" > "$at" ;;
esac`;

/** A cluster that has what a platform makes, apart from kinds that it knows nothing of. */
const clusterOf = (objects: readonly KubeObject[], unknown = /^$/): Kubectl => {
  const namesOf = ({ kind, apiVersion }: KubeObject) => {
    const plural = `${kind.toLowerCase()}${kind.endsWith('s') ? 'es' : 's'}`;
    return [plural, `${plural}.${apiVersion.split('/')[0]}`];
  };
  const list: Kubectl['list'] = async (kinds, { selector = '' } = {}) => {
    if (unknown.test(kinds)) throw new Error(`error: the server doesn't have a resource type "${kinds}"`);
    const wanted = selector.split(',').map((term) => term.split('='));
    return objects.filter(
      (object) =>
        namesOf(object).includes(kinds) &&
        wanted.every(([label, value]) => object.metadata.labels?.[label] === value || !label),
    );
  };
  const find: Kubectl['find'] = async (kind, name) => (await list(kind)).find(({ metadata }) => metadata.name === name);
  return { list, find } as Partial<Kubectl> as Kubectl;
};
const platform = (title: string): readonly KubeObject[] => synth(DELIVERY_CASES[title].text).objects;
const inAws = clusterOf(platform('AWS Secrets Manager'), /secretproviderclass/);
const inAzure = clusterOf(platform('Azure Key Vault'), /externalsecret/);

describe('with AWS Secrets Manager', () => {
  const ID = 'sandbox/devenv/credentials';

  testWith(['jq'], 'what is set is a field of the secret that environments have, beside those before', async () => {
    stub('aws', AWS);
    const store = await storeOf(inAws);
    expect(store.name).toBe(`${ID} in AWS Secrets Manager (eu-west-1)`);
    expect(await store.read()).toEqual({});
    await store.write({ github_token: 'first' });
    await store.write({ other: 'söcond\n' });
    expect(JSON.parse(kept(ID))).toEqual({ github_token: 'first', other: 'söcond\n' });
    // Readers take files to be in the encoding of their locale.
    expect(kept(ID)).toMatch(/^[ -~]*$/);
    await store.remove('github_token');
    expect(await store.read()).toEqual({ other: 'söcond\n' });
    expect(calls()).not.toMatch(/first|s.*cond/);
  });

  /** Has somebody else write after each of ours, before readers get it, so often. */
  const raced = (times: number) => {
    const theirs = `[ $(ls "$at".raced* 2>/dev/null | wc -l) -ge ${times} ] || {
      id=raced$(next); touch "$at.$id"; echo '{"theirs": "kept"}' > "$at"; echo "$id" > "$at.id"; }`;
    stub('aws', AWS.replace('update-secret-version-stage) at=$(of --secret-id "$@")', `$& ; (${theirs})`));
  };

  testWith(['jq'], 'what somebody else writes at the same instant is not lost, and neither is ours', async () => {
    raced(2);
    const store = await storeOf(inAws);
    await store.write({ first: 'x', gone: 'x' });
    await store.write({ ours: 'kept' });
    expect(JSON.parse(kept(ID))).toEqual({ theirs: 'kept', ours: 'kept' });
    await store.remove('theirs');
    expect(JSON.parse(kept(ID))).toEqual({ ours: 'kept' });
  });

  testWith(['jq'], 'where others write all the time nothing is changed, and that is said', async () => {
    raced(100);
    const store = await storeOf(inAws);
    await store.write({ first: 'x' });
    await expect(store.write({ ours: 'lost' })).rejects.toThrow('others write at the same time: nothing is changed');
    expect(JSON.parse(kept(ID))).toEqual({ theirs: 'kept' });
  });

  testWith(['jq'], 'who may not have readers get it is told, and changes nothing', async () => {
    stub(
      'aws',
      AWS.replace('update-secret-version-stage)', '$& echo "(AccessDeniedException) not you" >&2; exit 254;'),
    );
    const store = await storeOf(inAws);
    await store.write({ first: 'x' });
    await expect(store.write({ ours: 'lost' })).rejects.toThrow('(AccessDeniedException) not you');
    expect(JSON.parse(kept(ID))).toEqual({ first: 'x' });
  });

  testWith(['jq'], 'a secret that was made without a value gets one', async () => {
    const empty = `(ResourceNotFoundException) can't find the specified secret value for staging label: AWSCURRENT`;
    stub(
      'aws',
      AWS.replace('get-secret-value)', `get-secret-value) [ -s "$0.set" ] || { echo "${empty}" >&2; exit 254; };`),
    );
    writeFileSync(file(ID), '');
    const store = await storeOf(inAws);
    expect(await store.read()).toEqual({});
    await store.write({ github_token: 'first' });
    expect(JSON.parse(kept(ID))).toEqual({ github_token: 'first' });
  });

  test('a secret that is no document of keys is left as it is', async () => {
    stub('aws', `echo '{"SecretString": "ghp_x"}'`);
    await expect((await storeOf(inAws)).write({ a: 'b' })).rejects.toThrow(/is no JSON document with a field for each/);
    expect(calls()).not.toContain('put-secret-value');
  });

  test('a secret that is marked for deletion is said, with the command that takes that back', async () => {
    stub('aws', "echo 'InvalidRequestException: it was marked for deletion.' >&2; exit 254");
    const said = `deletion.: aws secretsmanager restore-secret --secret-id ${ID} --region eu-west-1`;
    await expect((await storeOf(inAws)).write({ a: 'b' })).rejects.toThrow(said);
  });

  test('nothing is written elsewhere where its operator brings nothing yet', () =>
    expect(storeOf(clusterOf(platform('AWS Secrets Manager'), /externalsecret|providerclass/))).rejects.toThrow(
      'run sandboxctl up once the External Secrets Operator is there; nothing is changed',
    ));

  testWith(['aws'], 'the command line of AWS is called as it wants to be', async () => {
    const port = await freePort();
    const server = spawn(process.execPath, [resolve(__dirname, '../cluster/support/aws-server.mjs'), String(port)]);
    await new Promise((ready) => server.stdout.once('data', ready));
    try {
      Object.assign(process.env, {
        AWS_ACCESS_KEY_ID: 'AKIAWRITER',
        AWS_SECRET_ACCESS_KEY: 's',
        AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
        AWS_CONFIG_FILE: file('none'),
        AWS_SHARED_CREDENTIALS_FILE: file('none'),
        LC_ALL: 'C',
      });
      const store = await AwsStore.at(ID, 'eu-west-1');
      await store.write({ github_token: 'first' });
      await store.write({ other: 'söcond' });
      expect(await store.read()).toEqual({ github_token: 'first', other: 'söcond' });
    } finally {
      server.kill();
    }
  });
});

describe('with Azure Key Vault', () => {
  const NAME = 'devenv-credentials-github-token';

  testWith(['jq'], 'what is set is a secret of the key vault', async () => {
    stub('az', AZ);
    const store = await storeOf(inAzure);
    expect(store.name).toBe('key vault sandbox-vault');
    expect(await store.read()).toEqual({});
    await store.write({ github_token: 'first' });
    expect([kept(NAME), await store.read()]).toEqual(['first', { github_token: 'first' }]);
    expect(calls()).toContain(`keyvault secret set --vault-name sandbox-vault --name ${NAME} --file /dev/stdin`);
    expect(calls()).not.toContain('first');
  });

  test('a key that the driver brings to nobody is refused, and so are all with it', async () => {
    stub('az', AZ);
    await expect((await storeOf(inAzure)).write({ github_token: 'x', jira: 'x' })).rejects.toThrow(
      'environments get github_token, langfuse_host from key vault sandbox-vault, and no jira: add it to secrets.csi.azureKeyVault.keys in platform.yaml',
    );
    expect(existsSync(file(NAME))).toBe(false);
  });

  test('a secret that was deleted is said, with the command that brings it back', async () => {
    stub('az', AZ);
    writeFileSync(file(`${NAME}.deleted`), '');
    const said = `az keyvault secret recover --vault-name sandbox-vault --name ${NAME}, and the same again`;
    await expect((await storeOf(inAzure)).write({ github_token: 'x' })).rejects.toThrow(said);
  });

  test('a key is not removed while the driver, which brings all or none, is to bring it', async () => {
    stub('az', AZ);
    const store = await storeOf(inAzure);
    const said = `run sandboxctl up, and then az keyvault secret delete --vault-name sandbox-vault --name ${NAME}`;
    expect(() => store.expectRemovable?.('github_token')).toThrow(said);
    await expect(store.remove('github_token')).rejects.toThrow(said);
  });
});

describe('of one user', () => {
  const users = 'environments: {users: {alice: {secrets: {path: people/alice}}, bob: {}}}';
  const at = (title: string) => clusterOf(synth(`${DELIVERY_CASES[title].text}\n${users}`).objects);

  test.each(['alice', 'devenv-alice'])('a secret in AWS is found by the name %s', async (name) => {
    stub('aws', AWS);
    const said = 'sandbox/people/alice in AWS Secrets Manager (eu-west-1)';
    expect((await storeOf(at('AWS Secrets Manager'), name)).name).toBe(said);
  });

  test('a secret in Azure is found', async () => {
    stub('az', 'exit 1');
    const store = await storeOf(at('Azure Key Vault'), 'alice');
    await expect(store.write({ github_token: 'x' })).rejects.toThrow('people-alice-github-token in key vault');
  });

  test('is refused for who has none', () =>
    expect(storeOf(at('AWS Secrets Manager'), 'bob')).rejects.toThrow('bob has no secret alone'));
});

test.each<[string, () => Promise<unknown>, string]>([
  ['aws', () => AwsStore.at('a', 'eu-west-1'), 'a in AWS Secrets Manager (eu-west-1)'],
  ['az', () => AzureStore.at('mine', []), 'key vault mine'],
])('without %s the manager is named, and what to do', async (program, open, manager) => {
  process.env.PATH = stubs.bin;
  stub('sh', `exec /bin/sh "$@"`);
  await expect(open()).rejects.toThrow(
    `environments have their secrets from ${manager}, which is written by its own command line, and ${program} is not on PATH: get it from https://`,
  );
});
