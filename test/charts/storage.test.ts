import { CERTIFICATE } from '../helpers/cases';
import { ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';

const BACKUP = `backup: {enabled: true, encryption: {certificate: ${JSON.stringify(CERTIFICATE)}}`;

/** The StorageClass of each volume, by the name of its claim; undefined for the cluster's default. */
function classes(text: string): Record<string, string | undefined> {
  const { objects } = synth(text);
  const ofSets = ofKind(objects, 'StatefulSet').flatMap(({ metadata, spec }) =>
    (spec.volumeClaimTemplates ?? []).map((claim: any) => [`${claim.metadata.name}-${metadata.name}`, claim.spec]),
  );
  const alone = ofKind(objects, 'PersistentVolumeClaim').map(({ metadata, spec }) => [metadata.name, spec]);
  return Object.fromEntries([...ofSets, ...alone].map(([name, spec]) => [name, spec.storageClassName]));
}

const ALL = [
  ...['data-vault', 'audit-vault', 'data-keycloak-database', 'data-boundary-database'],
  ...['workspace-devenv', 'bash-history-devenv', 'claude-config-devenv', 'vault-backup'],
];

test('every volume is of the cluster’s default class, unless a class is named', () => {
  expect(classes(`vault: {${BACKUP}}}`)).toEqual(Object.fromEntries(ALL.map((name) => [name, undefined])));
});

test('storageClassName is the class of every volume, the databases’ among them', () => {
  const text = `storageClassName: fast\nvault: {${BACKUP}}}`;
  expect(classes(text)).toEqual(Object.fromEntries(ALL.map((name) => [name, 'fast'])));
});

test('a part’s own class comes before that of all', () => {
  const text = `storageClassName: fast
environments: {storage: {className: devs}}
vault: {storageClassName: raft, ${BACKUP}, target: {type: volume, storageClassName: slow}}}
boundary: {database: {storageClassName: sessions}}
keycloak: {storageClassName: logins}`;
  expect(classes(text)).toEqual({
    'data-vault': 'raft',
    'audit-vault': 'raft',
    'data-keycloak-database': 'logins',
    'data-boundary-database': 'sessions',
    'workspace-devenv': 'devs',
    'bash-history-devenv': 'devs',
    'claude-config-devenv': 'devs',
    'vault-backup': 'slow',
  });
});
