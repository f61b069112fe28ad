import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { parsePlatform } from '../../lib/config';
import { type Section, sectionsOf } from '../docs/commands';
import { find, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';
import { written } from '../stacks/written';

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
const section = (title: string): Section => sectionsOf('docs/GITOPS.md').find((one) => one.title === title) as Section;

/** What Terraform tells the operator's chart where there are leases, as these examples have to. */
const LEASES = 'vault: {engines: {terraform: {enabled: true, teamId: team-1}}}';
const told = JSON.parse(written(LEASES).stack('operators').resource.helm_release['vault-secrets-operator'].values[0]);

const { namespaces, secrets } = parsePlatform([{ name: 'platform.yaml', text: 'profile: kind' }], {}).config;

describe('Argo CD’s example', () => {
  const applications = ofKind(documents('argocd.yaml'), 'Application');

  test('carries out every folder of dist/, each by itself', () => {
    const sources = applications.flatMap(({ spec: { source } }) => source.path ?? []);
    expect(sources).toEqual(folders);
    expect(applications.filter(({ spec }) => spec.source.directory?.recurse)).toEqual([]);
  });

  test('compares and applies as kubectl apply --server-side does, again and again until it succeeds', () => {
    for (const { metadata, spec } of applications) {
      expect(metadata.annotations?.['argocd.argoproj.io/compare-options']).toBe('ServerSideDiff=true');
      expect(spec.syncPolicy.syncOptions).toContain('ServerSideApply=true');
      expect(spec.syncPolicy.retry.limit).toBe(-1);
    }
  });

  test('takes the namespaces before the operator, and its kinds before objects of them', () => {
    const waves = applications.map(({ metadata }) => [
      Number(metadata.annotations?.['argocd.argoproj.io/sync-wave']),
      metadata.name,
    ]);
    expect(waves.sort()).toEqual([
      [0, 'agent-sandbox'],
      [1, 'vault-secrets-operator'],
      [2, 'agent-sandbox-secrets'],
    ]);
  });

  test('tells the operator’s chart what Terraform does', () =>
    expect(find(applications, 'Application', 'vault-secrets-operator').spec.source.helm.valuesObject).toEqual(told));

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

  test('waits with objects of the operator’s kinds for the operator, and for a Vault that lets it in', () => {
    const { healthChecks } = find(kustomizations, 'Kustomization', 'agent-sandbox').spec;
    const all = [...synth('profile: kind').objects, ...objects];
    for (const { kind, name, namespace, apiVersion } of healthChecks)
      expect(find(all, kind, name)).toMatchObject({ apiVersion, metadata: { namespace } });
    expect(healthChecks.map(({ name }: { name: string }) => name)).toEqual([
      'vault-bootstrap',
      'vault-secrets-operator',
    ]);
  });

  test('tells the operator’s chart what Terraform does', () =>
    expect(find(objects, 'HelmRelease', 'vault-secrets-operator').spec.values).toEqual(told));

  test('prunes nothing that holds volumes', () => {
    expect(find(kustomizations, 'Kustomization', 'agent-sandbox').spec.prune).toBe(false);
  });

  test('installs the operator of the configuration', () => {
    const { chart, targetNamespace } = find(objects, 'HelmRelease', 'vault-secrets-operator').spec;
    expect([chart.spec.version, targetNamespace]).toEqual([secrets.operator.chartVersion, namespaces.secretsOperator]);
  });

  test('puts back what is changed by hand in the chart’s objects, too', () =>
    expect(find(objects, 'HelmRelease', 'vault-secrets-operator').spec.driftDetection).toEqual({ mode: 'enabled' }));

  test('ends with objects of the operator’s kinds only once that has let go of them, and without a hook that waits', () => {
    expect(find(kustomizations, 'Kustomization', 'agent-sandbox-secrets').spec).toMatchObject({
      prune: true,
      deletionPolicy: 'WaitForTermination',
    });
    expect(find(objects, 'HelmRelease', 'vault-secrets-operator').spec.uninstall).toEqual({ disableHooks: true });
  });

  test('rests as a whole, by an owner that Flux does not take for kubectl', () => {
    const [{ text }] = section('Let it rest').blocks;
    const resting = objects.filter(({ kind }) => /^(Kustomization|HelmRelease)$/.test(kind));
    for (const { kind, metadata } of resting) expect(text).toContain(`${kind.toLowerCase()}/${metadata.name}`);
    expect(text).toMatch(/--field-manager=(?!kubectl)/);
  });

  test('is removed in an order that leaves the operator until its objects are gone, and sources until nothing reads them', () => {
    const [{ text }] = section('Remove').blocks;
    const removed = [...text.matchAll(/^kubectl delete (\w+) (.+?) --namespace (\S+)/gm)].flatMap(
      ([, kind, names, place]) => names.split(' ').map((name) => `${place} ${kind} ${name}`),
    );
    const named = ({ kind, metadata: { name, namespace } }: any) => `${namespace} ${kind.toLowerCase()} ${name}`;
    expect([...removed].sort()).toEqual(objects.map(named).sort());
    const places = (kind: RegExp) => removed.flatMap((one, index) => (kind.test(one) ? [index] : []));
    const [kustomizations, releases, sources] = [/ kustomization /, / helmrelease /, /repository /].map(places);
    expect(removed[0]).toMatch(/ kustomization .*-secrets$/);
    expect([...kustomizations, ...releases, ...sources]).toEqual(removed.map((_, index) => index));
  });
});
