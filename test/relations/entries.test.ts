import { createHash } from 'node:crypto';
import { parsePlatform } from '../../lib/config';
import { type Reach, reachOf } from '../../lib/relations/reach';
import { environmentsOf } from '../../lib/relations/row';
import { bootstrapOf, find, type KubeObject, ofKind } from '../helpers/objects';
import { type Synthesized, synth } from '../helpers/synth';
import { REACH_CASES } from './cases';

const KINDS = { user: 'person', group: 'group', agent: 'agent' } as const;
const sorted = (lines: Iterable<string>) => [...new Set(lines)].sort();

/** Each pair of who and environment of some rows. */
const pairs = (rows: readonly Reach[], { config }: Synthesized) =>
  rows.flatMap(({ who, what }) =>
    (what.name === 'all' ? environmentsOf(config).map(({ name }) => name) : [what.name]).map((name) => ({ who, name })),
  );

/** ConfigMaps that say who enters the environments of a set. */
const accessOf = (objects: readonly KubeObject[]) =>
  ofKind(objects, 'ConfigMap').filter(({ metadata }) => /^devenv.*-access$/.test(metadata.name));

/** The environments of such a ConfigMap. */
const environmentsOfSet = ({ metadata }: KubeObject, { config }: Synthesized) => {
  const set = metadata.name.replace(/-access$/, '');
  return environmentsOf(config).flatMap(({ name, user }) =>
    (user ? name : name.replace(/-\d+$/, '')) === set ? [name] : [],
  );
};

describe.each(Object.entries(REACH_CASES))('who enters environments: %s', (_title, { text, env }) => {
  const platform = synth(text, env);
  const { facts, objects } = platform;
  const rows = reachOf(parsePlatform([{ name: 'platform.yaml', text }], env));
  const into = rows.filter(({ who, what }) => what.kind === 'environment' && who.kind !== 'environment');
  const by = (start: string) =>
    pairs(
      into.filter(({ how, allowed }) => how.startsWith(start) && allowed === 'yes'),
      platform,
    );

  test('through Boundary, whom its roles let open sessions', () => {
    const { identity, grants = [] } = facts.boundary ?? {};
    const granted = grants
      .filter(({ principal }) => identity || principal.kind === 'agent')
      .flatMap(({ principal: { kind, name }, targets }) => targets.map((target) => `${KINDS[kind]} ${name} ${target}`));
    const said = by('SSH through Boundary').map(({ who, name }) => `${who.kind} ${who.name} ${name}`);
    expect(sorted(said)).toEqual(sorted(granted));
  });

  test('by certificate, where sshd has the principal that Vault signs for', () => {
    const admitted = [...by('SSH through Boundary'), ...by('SSH with a certificate')].map(({ name }) => name);
    const isListed = rows.filter(({ how }) => how.startsWith('SSH through Boundary, where nobody can log in'));
    const principals = accessOf(objects).flatMap(({ data }) =>
      Object.entries<string>(data).flatMap(([key, lines]) =>
        key.endsWith('.principals') ? lines.trim().split('\n') : [],
      ),
    );
    expect(sorted([...admitted, ...pairs(isListed, platform).map(({ name }) => name)])).toEqual(
      sorted(principals.filter(Boolean)),
    );
  });

  test('signed for by Vault, whose policy asks it to', () => {
    const granted = (facts.vault?.policies ?? [])
      .filter(({ name }) => name.startsWith('platform-ssh.'))
      .flatMap(({ name, paths }) =>
        Object.keys(paths).flatMap((path) => {
          const [, environment] = /\/sign\/(.+)$/.exec(path) ?? [];
          return environment ? [`${name.slice('platform-ssh.'.length)} ${environment}`] : [];
        }),
      );
    const said = by('SSH with a certificate').map(({ who, name }) => `${who.name} ${name}`);
    expect(sorted(said)).toEqual(sorted(granted));
  });

  test('by key, whose key sshd has', () => {
    const digest = (key: string) =>
      createHash('sha256')
        .update(Buffer.from(key.split(' ')[1], 'base64'))
        .digest('base64')
        .replace(/=+$/, '');
    const listed = accessOf(objects).flatMap((map) => {
      const lines: string[] = (map.data.authorized_keys ?? '').trim().split('\n').filter(Boolean);
      return environmentsOfSet(map, platform).flatMap((name) => lines.map((line) => `SHA256:${digest(line)} ${name}`));
    });
    const said = by('SSH, for').map(({ who, name }) => `${who.name.split(' ').at(-1)} ${name}`);
    expect(sorted(said)).toEqual(sorted(listed));
  });

  test('by browser, whom the proxy before the environment lets pass', () => {
    const proxied = ofKind(objects, 'ConfigMap').flatMap(({ metadata, data }) => {
      const [, list] = /^allowed_groups = (.*)$/m.exec(data?.['oauth2-proxy.cfg'] ?? '') ?? [];
      return list ? JSON.parse(list).map((name: string) => `${name.replace(/^\//, '')} ${metadata.name}`) : [];
    });
    const said = by('browser, after').map(({ who, name }) => `${who.name} ${name}`);
    expect(sorted(said)).toEqual(sorted(proxied));
  });

  test('what is listed of people besides is what the realm and Boundary have', () => {
    const demo = rows.filter(({ what }) => what.kind === 'group').map(({ who, what }) => `${who.name} ${what.name}`);
    const realm = ofKind(objects, 'ConfigMap').some(({ metadata }) => metadata.name === 'keycloak-realm')
      ? JSON.parse(find(objects, 'ConfigMap', 'keycloak-realm').data['realm.json']).users
      : [];
    const members = realm.flatMap(({ username, groups = [] }: { username: string; groups?: string[] }) =>
      groups.map((group) => `${username} ${group.slice(1)}`),
    );
    expect(sorted(demo)).toEqual(sorted(members));
    const { identity, oversight } = facts.boundary ?? {};
    const seeing = identity ? [...(oversight?.admins ?? []), ...(oversight?.auditors ?? [])] : [];
    const said = rows.filter(({ what }) => what.name === "Boundary's sessions").map(({ who }) => who.name);
    expect(said).toEqual(seeing);
    const setUp = facts.vault && bootstrapOf(objects, 'vault-bootstrap');
    expect(rows.some(({ what }) => what.name === 'secret/people/NAME of Vault')).toBe(Boolean(setUp?.people));
  });
});
