import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { parsePlatform } from '../../lib/config';
import { find, ofKind } from '../helpers/objects';

const ROOT = resolve(__dirname, '../..');
const documents = (file: string): any[] =>
  parseAllDocuments(readFileSync(join(ROOT, 'examples/gitops', file), 'utf8')).map((document) => {
    if ('errors' in document && document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  });
/** Where manifests stand in dist/, as folders. */
const folders = [
  'dist',
  ...readdirSync(join(ROOT, 'dist'), { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? [`dist/${e.name}`] : [],
  ),
];
const { namespaces, secrets } = parsePlatform([{ name: 'platform.yaml', text: 'profile: kind' }], {}).config;

describe('Argo CD’s example', () => {
  const applications = ofKind(documents('argocd.yaml'), 'Application');

  test('carries out every folder of dist/, each by itself', () => {
    const sources = applications.flatMap(({ spec: { source } }) => source.path ?? []);
    expect(sources).toEqual(folders);
    expect(applications.filter(({ spec }) => spec.source.directory?.recurse)).toEqual([]);
  });

  test('prunes nothing that holds volumes', () => {
    expect(find(applications, 'Application', 'agent-sandbox').spec.syncPolicy.automated.prune).toBe(false);
  });

  test('installs the operator of the configuration', () => {
    const { source, destination } = find(applications, 'Application', 'vault-secrets-operator').spec;
    expect([source.targetRevision, destination.namespace]).toEqual([
      secrets.operator.chartVersion,
      namespaces.secretsOperator,
    ]);
  });
});

describe('Flux’ example', () => {
  const objects = documents('flux.yaml');
  const kustomizations = ofKind(objects, 'Kustomization');

  test('carries out every folder of dist/, each by itself, those that need others’ kinds later', () => {
    expect(kustomizations.map(({ spec }) => spec.path)).toEqual(folders.map((folder) => `./${folder}`));
    const ignored = (name: string) => find(objects, 'GitRepository', name).spec.ignore.trim().split('\n');
    expect(ignored('agent-sandbox')).toContain('/dist/*/');
    expect(kustomizations.map(({ spec }) => spec.dependsOn)).toEqual([undefined, [{ name: 'agent-sandbox' }]]);
    for (const { spec } of kustomizations) expect(find(objects, 'GitRepository', spec.sourceRef.name)).toBeDefined();
  });

  test('prunes nothing that holds volumes', () => {
    expect(find(kustomizations, 'Kustomization', 'agent-sandbox').spec.prune).toBe(false);
  });

  test('installs the operator of the configuration', () => {
    const { chart, targetNamespace } = find(objects, 'HelmRelease', 'vault-secrets-operator').spec;
    expect([chart.spec.version, targetNamespace]).toEqual([secrets.operator.chartVersion, namespaces.secretsOperator]);
  });
});
