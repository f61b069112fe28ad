import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as fromHcl } from '@cdktf/hcl2json';
import fc from 'fast-check';
import { parse } from 'yaml';
import { ConfigError, parsePlatform } from '../../lib/config';
import { CERTIFICATE } from '../helpers/cases';
import { PGP_KEY } from '../helpers/pgp';
import { synth } from '../helpers/synth';
import { inHcl, type Json, write } from './written';

/** As many texts as one platform may have, among them all that stacks are made of. */
const EVERYTHING = `profile: standard
podSecurity: relaxed
labels: {team: sandbox}
annotations: {example.com/owner: sandbox}
images: {registry: mirror.example.com/hub, pullSecrets: [mirror]}
environments:
  env: {EDITOR: vim}
  nodeSelector: {pool: a}
  tolerations: [{key: agents, operator: Equal, value: yes-please}]
  volumes: [{name: cache, mountPath: /cache, emptyDir: {}}]
  runtimeClass: gvisor
  storage: {className: fast}
  users: {alice: {login: a.liddell, webPort: 30990}, bob: {claim: workspace-devenv-0, webPort: 30991}}
  access: [{group: admins, environments: [alice]}]
oidc: {issuer: https://id.example.com/x, clientId: x, clientSecretName: x, usernameClaim: upn, groupsClaim: g,
       principalsClaim: all, scopes: [profile], certificateAuthority: ${JSON.stringify(CERTIFICATE)}}
vault:
  storageClassName: slow
  seal: {type: awskms, region: eu-west-1, keyId: alias/vault}
  recovery: {pgpKeys: [${PGP_KEY}]}
  engines: {terraform: {enabled: true, organization: example}}
  ssh: {signers: [{name: ci, environments: all, serviceAccount: {namespace: ci, name: runner}}]}
boundary:
  agents:
    - {name: pipeline, environments: all, jwt: {issuer: https://ci.example.com, audience: x, claims: {ref: main}}}
secrets: {operator: {chart: "oci://charts.example.com/vso"}}
access: {mode: loadBalancer, loadBalancerAnnotations: {a: b}, loadBalancerAddresses: {vault: v.example.com}}
terraform:
  kubeContext: prod
  backend:
    type: s3
    config: {bucket: b, key: k, region: r, allowed_account_ids: ["1"], assume_role: {role_arn: x}}
web: {enabled: true}`;

const SIGNS = [
  '$',
  '%',
  '{',
  '}',
  '${',
  '%{',
  '$${',
  '%%{',
  '~',
  '"',
  '\\',
  "'",
  '[',
  ']',
  '#{',
  '<<E',
  '\n',
  '\u2028',
  ' ',
];
const nasty = fc
  .array(fc.constantFrom(...SIGNS, 'file("x")', 'if true', 'var.x', 'x', 'é'), { minLength: 1, maxLength: 9 })
  .map((parts) => parts.join(''));

/** A copy of a tree with another text, or another key. */
type Change = (tree: Json) => void;

/** Every text of a tree and every key, with the way to put another in its place. */
const places = (value: Json, path: string[] = []): ((text: string) => Change)[] =>
  Object.entries<Json>(value).flatMap(([key, item]) => {
    const parent = (tree: Json) => path.reduce((node, part) => node[part], tree);
    const own = typeof item === 'string' ? [(text: string) => (tree: Json) => (parent(tree)[key] = text)] : [];
    const rename = (text: string) => (tree: Json) => {
      const node = parent(tree);
      if (!Array.isArray(node)) node[text] = node[key];
    };
    return [...own, rename, ...(typeof item === 'object' && item !== null ? places(item, [...path, key]) : [])];
  });

function accepted(tree: Json): boolean {
  try {
    parsePlatform([{ name: 'platform.yaml', text: JSON.stringify(tree) }]);
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

/** What Terraform would evaluate in a text. */
const templatesOf = (text: string) =>
  (text.match(/\$\$\{|%%\{|\$\{[^}]*\}?|%\{[^}]*\}?/g) ?? []).filter((t) => !/^(\$\$|%%)/.test(t));

const templatesIn = (value: Json): string[] => {
  if (typeof value === 'string') return templatesOf(value);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries<Json>(value).flatMap(([key, item]) =>
    key === '//' ? [] : [...templatesOf(key), ...templatesIn(item)],
  );
};

/** What the stacks themselves have Terraform evaluate: references to their own blocks, and the type of a variable. */
const OWN =
  /^\$\{((boundary|vault|kubernetes|helm)_\w+\.|data\.|ephemeral\.|strcontains\(var\.kubeconfig, ","\) \? |jsonencode\(\{|string\}|(alltrue\(\[for owner in |length\(|join\(", ", )\[for one in data\.kubernetes_resources\.operator)/;

/** What Terraform would evaluate besides, in both languages. */
async function foreignTemplates(text: string): Promise<string[]> {
  const synthesized = synth(text);
  const [json, hcl] = [write(synthesized), inHcl(() => write(synthesized))];
  const found = json.names.map(async (stack) => {
    const blocks = await fromHcl('cdk.tf', readFileSync(join(hcl.folder, 'stacks', stack, 'cdk.tf'), 'utf8'));
    return [...templatesIn(json.stack(stack)), ...templatesIn(blocks)];
  });
  const all = (await Promise.all(found)).flat();
  expect(all.length).toBeGreaterThan(50);
  return all.filter((template) => !OWN.test(template));
}

test('no text of the configuration is code for Terraform', async () => {
  const all = places(parse(EVERYTHING));
  const tried = fc.sample(nasty, { numRuns: all.length * 4, seed: Number(process.env.SEED ?? 4) });
  for (let round = 0; round < 4; round++) {
    const tree = parse(EVERYTHING);
    let changed = 0;
    for (const [index, place] of all.entries()) {
      const change = place(tried[round * all.length + index]);
      const copy = JSON.parse(JSON.stringify(tree));
      change(copy);
      if (!accepted(copy)) continue;
      change(tree);
      changed++;
    }
    expect(changed).toBeGreaterThan(15);
    expect(await foreignTemplates(JSON.stringify(tree))).toEqual([]);
  }
});
