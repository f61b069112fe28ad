import { parsePlatform } from '../../lib/config';
import { OWN_VOLUMES } from '../../lib/config/formats/mounts';
import { reachOf } from '../../lib/relations/reach';
import { environmentsOf } from '../../lib/relations/row';
import { ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';
import { REACH_CASES } from './cases';

const sorted = (lines: Iterable<string>) => [...new Set(lines)].sort();

describe.each(Object.entries(REACH_CASES))('which secrets arrive where: %s', (_title, { text, env }) => {
  const { config, facts, objects } = synth(text, env);
  const rows = reachOf(parsePlatform([{ name: 'platform.yaml', text }], env)).filter(({ what }) =>
    ['secret', 'volume'].includes(what.kind),
  );
  const names = environmentsOf(config).map(({ name }) => name);
  const expand = (name: string) => (name === 'all' ? names : [name]);
  const read = rows.filter(({ who }) => who.kind === 'environment');

  test('from Vault, what policies of the delivery read', () => {
    const policies = facts.vault?.policies ?? [];
    const paths = policies.flatMap((policy) =>
      Object.keys(policy.paths).filter((path) => path.startsWith('secret/data/')),
    );
    const said = read.flatMap(({ what }) => /^secret\/(.+) of Vault$/.exec(what.name)?.[1] ?? []);
    expect(sorted(said.map((path) => `secret/data/${path}`))).toEqual(sorted(paths));
  });

  test('written by the ServiceAccounts whose policies write', () => {
    const { kubernetesRoles = [], policies = [] } = facts.vault ?? {};
    const writing = policies.flatMap(({ name, paths }) =>
      Object.entries(paths).flatMap(([path, verbs]) =>
        path.startsWith('secret/data/') && verbs.includes('update') ? [[name, path.slice('secret/data/'.length)]] : [],
      ),
    );
    const accounts = writing.flatMap(([policy, path]) =>
      kubernetesRoles
        .filter((role) => role.policies.includes(policy))
        .map(({ namespaces, serviceAccounts }) => `${namespaces[0]}/${serviceAccounts[0]} secret/${path} of Vault`),
    );
    const said = rows
      .filter(({ who }) => who.kind === 'serviceAccount')
      .map(({ who, what }) => `${who.name} ${what.name}`);
    expect(sorted(said)).toEqual(sorted(accounts));
  });

  test('files and variables, of the Secrets that pods mount', () => {
    const mounted = ofKind(objects, 'StatefulSet')
      .filter(({ metadata }) => metadata.namespace === config.namespaces.environments)
      .flatMap(({ metadata, spec }) => {
        const [volume] = spec.template.spec.volumes.filter(({ name }: any) => name === 'secrets');
        const secrets: string[] = volume.projected.sources.map(({ secret }: any) => secret.name);
        const environments = names.filter((name) => [name, name.replace(/-\d+$/, '')].includes(metadata.name));
        return environments.flatMap((name) => secrets.map((secret) => `${secret} ${name}`));
      });
    const said = read.flatMap(({ who, how }) => {
      const [, secret] = /\/run\/secrets\/devenv \(([^)]+)\)/.exec(how) ?? [];
      return secret ? expand(who.name).map((name) => `${secret} ${name}`) : [];
    });
    expect(sorted(said)).toEqual(sorted(mounted));
  });

  test('files of volumes, where pods have them', () => {
    const mounted = ofKind(objects, 'StatefulSet')
      .filter(({ metadata }) => metadata.namespace === config.namespaces.environments)
      .flatMap(({ metadata, spec }) => {
        const volumes: string[] = spec.template.spec.volumes.flatMap(({ name, secret, persistentVolumeClaim }: any) => [
          ...(secret ? [`Secret devenv/${secret.secretName}`] : []),
          ...(persistentVolumeClaim && !OWN_VOLUMES.includes(name)
            ? [`claim devenv/${persistentVolumeClaim.claimName}`]
            : []),
        ]);
        const environments = names.filter((name) => [name, name.replace(/-\d+$/, '')].includes(metadata.name));
        return environments.flatMap((name) => volumes.map((volume) => `${volume} ${name}`));
      });
    const said = read
      .filter(({ how }) => how.startsWith('files of '))
      .flatMap(({ who, what }) => expand(who.name).map((name) => `${what.name} ${name}`));
    expect(sorted(said)).toEqual(sorted(mounted));
  });
});
