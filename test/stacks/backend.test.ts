import fc from 'fast-check';
import { BACKEND_TYPES, BACKENDS, type Shape } from '../../lib/config/backends';
import { stateOf } from '../../lib/stacks/state';
import { synth } from '../helpers/synth';
import { type Json, write, written } from './written';

const backend = (type: string, config: string, more = '') =>
  `terraform: {backend: {type: ${type}, config: ${config}}${more}}`;

/** What the stack vault says of its state. */
const place = (text: string, stack = 'vault'): Json => {
  const { backend: block, cloud } = written(text).stack(stack).terraform;
  return cloud ?? Object.values(block)[0];
};

describe('each stack has a state of its own', () => {
  test.each([
    ['local', '{}', { path: '../../../terraform.vault.tfstate' }],
    ['local', '{path: states/sandbox.tfstate}', { path: '../../../states/sandbox.vault.tfstate' }],
    [
      'local',
      '{path: /srv/sandbox, workspace_dir: /srv/ws}',
      { path: '/srv/sandbox.vault', workspace_dir: '/srv/ws/vault' },
    ],
    ['kubernetes', '{namespace: terraform}', { namespace: 'terraform', secret_suffix: 'agent-sandbox-vault' }],
    ['s3', '{bucket: states, region: eu-west-1}', { bucket: 'states', key: 'agent-sandbox/vault.tfstate' }],
    ['s3', '{bucket: states, key: team/one}', { key: 'team/one/vault.tfstate' }],
    ['gcs', '{bucket: states, prefix: team}', { bucket: 'states', prefix: 'team/vault' }],
    ['azurerm', '{storage_account_name: s, container_name: c}', { key: 'agent-sandbox/vault.tfstate' }],
    ['http', '{address: "https://x.example.com/s?a=b"}', { address: 'https://x.example.com/s-vault?a=b' }],
    [
      'http',
      '{address: "https://x.example.com/s", lock_address: "https://x.example.com/s/lock", unlock_address: "https://y.example.com/u"}',
      {
        address: 'https://x.example.com/s-vault',
        lock_address: 'https://x.example.com/s-vault/lock',
        unlock_address: 'https://y.example.com/u-vault',
      },
    ],
    ['consul', '{path: team/one}', { path: 'team/one/vault' }],
    ['pg', '{schema_name: states}', { schema_name: 'states_vault' }],
    ['remote', '{organization: o}', { organization: 'o', workspaces: { name: 'agent-sandbox-vault' } }],
    ['remote', '{organization: o, workspaces: {name: one}}', { workspaces: { name: 'one-vault' } }],
    [
      'cloud',
      '{organization: o, workspaces: {project: p}}',
      { workspaces: { project: 'p', name: 'agent-sandbox-vault' } },
    ],
    ['cloud', '{organization: o, workspace: one}', { workspaces: { name: 'one-vault' } }],
  ])('%s %s', (type, config, expected) => {
    expect(place(backend(type, config))).toMatchObject(expected);
  });

  const word = fc.stringMatching(/^[a-z0-9./-]{1,12}$/);
  const given = (name: string, shape: Shape): fc.Arbitrary<unknown> => {
    if (name.endsWith('address')) return word.map((path) => `https://x.example.com/${path}`);
    if (typeof shape === 'object') return configOf(shape.known);
    return {
      text: word,
      number: fc.nat(),
      flag: fc.boolean(),
      texts: fc.array(word),
      map: fc.constant({}),
      secret: word,
    }[shape];
  };
  const configOf = (known: Readonly<Record<string, Shape>>) =>
    fc.record(Object.fromEntries(Object.entries(known).map(([name, shape]) => [name, given(name, shape)])), {
      requiredKeys: known.address ? ['address'] : [],
    });

  test.each(BACKEND_TYPES)('whatever is given to the backend %s', (type) => {
    fc.assert(
      fc.property(configOf(BACKENDS[type].known), (config) => {
        const at = (id: string) =>
          stateOf({ backend: { type, config }, releasePrefix: 'agent-sandbox' } as never, id, '../../..') as Json;
        const [one, other] = [at('vault'), at('boundary')];
        const differs = Object.keys(one).filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key]));
        expect(differs.length).toBeGreaterThan(0);
        // Nothing else than the place of the state is changed, and no argument is lost.
        const places =
          /^(path|workspace_dir|secret_suffix|key|prefix|address|(un)?lock_address|schema_name|workspaces)$/;
        expect(differs.filter((key) => !places.test(key))).toEqual([]);
        expect(Object.keys(config).filter((key) => key !== 'workspace' && !(key in one))).toEqual([]);
      }),
      { seed: 14, numRuns: 200 },
    );
  });
});

describe('the state in a cluster', () => {
  const context = (config: string) => place(backend('kubernetes', config, ', kubeContext: prod')).config_context;

  test('is in the one that the platform goes to', () => {
    expect(context('{}')).toBe('prod');
    expect(place(backend('kubernetes', '{}'))).not.toHaveProperty('config_context');
  });

  test('is in another where that is said', () => {
    expect(context('{config_context: states}')).toBe('states');
    expect(context('{in_cluster_config: true}')).toBeUndefined();
    expect(context('{host: "https://192.0.2.1"}')).toBeUndefined();
  });

  test('is found by several kubeconfigs, which one would hide', () => {
    expect(place(backend('kubernetes', '{config_paths: [a, b]}'))).toMatchObject({ config_paths: ['a', 'b'] });
    expect(place(backend('kubernetes', '{config_paths: [a, b]}'))).not.toHaveProperty('config_path');
  });
});

test('a switch that speaks of credentials and holds none is accepted', () => {
  const text = backend('s3', '{bucket: b, skip_credentials_validation: true, shared_credentials_files: [a]}');
  expect(place(text)).toMatchObject({ skip_credentials_validation: true, shared_credentials_files: ['a'] });
});

test('the five stacks have five states', () => {
  const { names, stack } = write(synth(backend('local', '{path: one.tfstate}')));
  const paths = names.map((name) => stack(name).terraform.backend.local.path);
  expect(new Set(paths).size).toBe(5);
});
