import { CASES } from '../helpers/cases';
import { bootstrapOf, find, nameOf, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';

/** What each configuration leads to, inside Vault too. */
const all = Object.entries(CASES).map(([title, { text, env }]) => ({ title, ...synth(text, env) }));
const withVault = all.filter(({ facts }) => facts.vault);

describe.each(withVault.map((one) => [one.title, one] as const))('Vault 2 and %s', (_title, { objects, facts }) => {
  const setup = bootstrapOf(objects, 'vault-bootstrap');
  const policies: { name: string; paths: Record<string, string[]> }[] = [
    ...setup.policies,
    ...(facts.vault?.policies ?? []),
  ];

  test('every role of a ServiceAccount names the audience of its tokens', () => {
    const roles = [...setup.roles, ...(facts.vault?.kubernetesRoles ?? [])];
    expect(roles.filter(({ audience }: { audience?: string }) => !audience)).toEqual([]);
  });

  test('no policy has a path that Vault refuses, or a template that a name may spoil', () => {
    const paths = policies.flatMap(({ name, paths: of }) => Object.keys(of).map((path) => `${name}: ${path}`));
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => /\/\/|\.\.|: \/|\{\{/.test(path))).toEqual([]);
  });

  // SECURITY.md: "Vault 2 gives people of such names no folder"
  test('a name with a slash, which would be a folder in that of another, opens none', () => {
    const [server] = find(objects, 'StatefulSet', 'vault').spec.template.spec.containers;
    expect(server.env).toContainEqual({ name: 'VAULT_DENY_SLASH_IN_TEMPLATED_PATHS', value: 'true' });
  });

  test('keys for a root token and for new recovery keys are given by a login', () => {
    const callers = policies.filter(({ paths }) => Object.keys(paths).some((path) => path.includes('generate-root')));
    expect(callers.map(({ name }) => name)).toEqual(['vault-break-glass']);
    expect(JSON.stringify(objects)).not.toContain('enable_unauthenticated_access');
  });

  test('no server locks its memory or asks for the right to', () => {
    const { data } = find(objects, 'ConfigMap', 'vault-config');
    expect(data['vault.hcl'].match(/disable_mlock/g)).toHaveLength(1);
    expect(data['vault.hcl']).toContain('disable_mlock = true');
    expect(JSON.stringify(objects)).not.toContain('IPC_LOCK');
  });
});

/** Kinds of the Vault Secrets Operator that every version from 1.4 to 2.0 has. */
const LASTING = ['VaultAuth', 'VaultConnection', 'VaultDynamicSecret', 'VaultPKISecret', 'VaultStaticSecret'];

test('of the Vault Secrets Operator nothing is used that a later version is without', () => {
  const own = all
    .flatMap(({ objects }) => objects)
    .filter(({ apiVersion }) => apiVersion.startsWith('secrets.hashicorp'));
  expect([...new Set(own.map(({ kind }) => kind))].filter((kind) => !LASTING.includes(kind))).toEqual([]);
  expect(own.length).toBeGreaterThan(0);
  expect(JSON.stringify(own)).not.toMatch(/instantUpdates|appRole|secretIDPath/);
});

test('nobody reaches the port where the operator shows its metrics, whichever container answers there', () => {
  for (const { objects, config } of all) {
    const inside = ofKind(objects, 'NetworkPolicy').filter(
      ({ metadata }) => metadata.namespace === config.namespaces.secretsOperator,
    );
    expect(inside.filter(({ spec }) => spec.ingress?.length > 0).map(nameOf)).toEqual([]);
  }
});

test('no kind of Agent Sandbox is used, of whichever version', () => {
  const groups = new Set(all.flatMap(({ objects }) => objects).map(({ apiVersion }) => apiVersion.split('/')[0]));
  expect([...groups].filter((group) => group.endsWith('agents.x-k8s.io'))).toEqual([]);
});
