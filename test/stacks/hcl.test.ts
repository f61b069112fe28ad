import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from '@cdktf/hcl2json';
import { ALONE, CASES, CERTIFICATE, STANDARD, USERS } from '../helpers/cases';
import { difference } from '../helpers/compare';
import { synth } from '../helpers/synth';
import { inHcl, type Json, write, written } from './written';

/** A block may stand alone or in a list of one; comments and what is empty say nothing. */
function plain(value: Json): Json {
  if (Array.isArray(value)) {
    const items = value.map(plain);
    return items.length === 1 && typeof items[0] === 'object' ? items[0] : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const said = Object.entries(value).filter(([key, item]) => key !== '//' && !isEmpty(item));
  return Object.fromEntries(said.map(([key, item]) => [key, plain(item)]));
}

const isEmpty = (value: Json) => value === undefined || value === null || (Array.isArray(value) && value.length === 0);

/** HCL has types and addresses, and JSON has their names. */
const untyped = (tree: Json) => {
  const variables = Object.entries<Json>(tree.variable ?? {}).map(([name, v]) => [
    name,
    { ...v, type: v.type?.replace(/^\$\{(\w+)\}$/, '$1') },
  ]);
  const bare = (address: string) => address.replace(/^\$\{(.+)\}$/, '$1');
  const moved = [tree.moved ?? []].flat().map(({ from, to }: Json) => ({ from: bare(from), to: bare(to) }));
  return { ...tree, variable: Object.fromEntries(variables), moved };
};

async function blocks(folder: string, stack: string): Promise<Json> {
  const text = readFileSync(join(folder, 'stacks', stack, 'cdk.tf'), 'utf8');
  return untyped(plain(await parse('cdk.tf', text)));
}

const filesOf = (folder: string, stack: string) => readdirSync(join(folder, 'stacks', stack)).sort();

const BRACES = `oidc:
  {issuer: "https://id.example.com/x", clientId: x, clientSecretName: x, groupsClaim: "\${file('x')} %{if}\\\\"}`;

const backend = (type: string, config: string) => ({
  text: `terraform: {backend: {type: ${type}, config: ${config}}}`,
});

test.each(
  Object.entries({
    ...CASES,
    'names of a directory': { text: USERS.replace('login: robert', 'login: \'EXAMPLE\\robert "Bob" Smith\'') },
    'braces that begin no template': { text: BRACES },
    'an authority of an Ingress': {
      text: `${STANDARD}\naccess: {mode: ingress, domain: a.example.com, tls: {certificateAuthority: ${JSON.stringify(CERTIFICATE)}}}`,
    },
    'another context': { text: 'profile: kind\nterraform: {kubeContext: "one\\\\two"}' },
    'state in S3': backend(
      's3',
      '{bucket: states, region: eu-west-1, allowed_account_ids: ["123456789012"], assume_role: {role_arn: "arn:aws:iam::1:role/x"}}',
    ),
    'state in a cluster': backend('kubernetes', '{namespace: terraform, in_cluster_config: true, labels: {team: "7"}}'),
    'state in a cluster by a program': backend(
      'kubernetes',
      '{exec: {api_version: client.authentication.k8s.io/v1, command: aws, args: [eks, get-token], env: {A: "1"}}}',
    ),
    'state in another cloud': backend('gcs', '{bucket: states, impersonate_service_account_delegates: [a, b]}'),
    'state at an address': backend('http', '{address: "https://x.example.com/s?a=b", retry_max: 3}'),
    'state of a project': backend('cloud', '{organization: example, workspaces: {project: sandbox}}'),
    'state elsewhere': backend('remote', '{organization: example}'),
    'state in a cloud': backend('cloud', '{organization: example, hostname: tfe.example.com}'),
  }),
)('HCL says what JSON says: %s', async (_, { text, env }: { text: string; env?: Record<string, string> }) => {
  const synthesized = synth(text, env);
  const [json, hcl] = [write(synthesized), inHcl(() => write(synthesized))];
  expect(hcl.names).toEqual(json.names);
  for (const stack of json.names) {
    const differs = difference(untyped(plain(json.stack(stack))), await blocks(hcl.folder, stack));
    expect({ stack, differs }).toEqual({ stack, differs: {} });
    const rest = filesOf(json.folder, stack).filter((file) => file !== 'cdk.tf.json');
    expect(filesOf(hcl.folder, stack)).toEqual(['cdk.tf', 'metadata.json', ...rest].sort());
  }
});

test.each([
  ['JSON after HCL', [true, false], 'cdk.tf.json'],
  ['HCL after JSON', [false, true], 'cdk.tf'],
  ['HCL after JSON after HCL', [true, false, true], 'cdk.tf'],
  ['JSON after HCL after JSON', [false, true, false], 'cdk.tf.json'],
])('one form stands in the folder, the last one: %s', (_, forms, expected) => {
  const synthesized = synth('profile: kind');
  const folder = mkdtempSync(join(tmpdir(), 'stacks-'));
  for (const byCommandLine of [false, true]) {
    for (const isHcl of forms) {
      const make = () => write(synthesized, folder, byCommandLine);
      const { names } = isHcl ? inHcl(make) : make();
      expect(names).toHaveLength(5);
    }
    for (const stack of readdirSync(join(folder, 'stacks')))
      expect(filesOf(folder, stack).filter((file) => /^cdk\.tf/.test(file))).toEqual([expected]);
  }
});

test('what Terraform keeps beside the stacks outlives another form', () => {
  const synthesized = synth(ALONE.text, ALONE.env);
  const { folder } = write(synthesized);
  const kept = ['.terraform.lock.hcl', 'terraform.tfstate', 'override.tf'].map((file) =>
    join(folder, 'stacks', 'workloads', file),
  );
  for (const file of kept) writeFileSync(file, '');
  inHcl(() => write(synthesized, folder));
  expect(kept.filter((file) => !existsSync(file))).toEqual([]);
});

test('texts of the configuration are no templates', () => {
  const { resource } = written(BRACES).stack('boundary');
  const read = 'in "/token/$${file(\'x\')} %%{if}\\"';
  expect(resource.boundary_managed_group['managed-group-group-developers'].filter).toContain(read);
});

test('every block of JSON is there to be compared', async () => {
  const { folder } = inHcl(() => written('profile: kind'));
  const { resource, provider } = await blocks(folder, 'boundary');
  expect(Object.keys(resource)).toEqual(expect.arrayContaining(['boundary_target', 'boundary_role']));
  expect(Object.keys(provider)).toEqual(['boundary', 'kubernetes', 'vault']);
});

test("Helm's connection is the map that its provider asks for", () => {
  const { folder } = inHcl(() => written(ALONE.text, ALONE.env));
  expect(readFileSync(join(folder, 'stacks', 'workloads', 'cdk.tf'), 'utf8')).toMatch(/kubernetes = \{\s+config_path/);
});
