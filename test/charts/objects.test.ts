import { CASES } from '../helpers/cases';
import { type KubeObject, matches, nameOf, ofKind, workloads } from '../helpers/objects';
import { synth } from '../helpers/synth';

/** Every selector of an object, wherever it stands. */
function selectorsOf(value: unknown, key = ''): Record<string, string>[] {
  if (typeof value !== 'object' || value === null) return [];
  if (key === 'matchLabels' || key === 'selector') {
    const labels = value as Record<string, any>;
    if (!labels.matchLabels) return [labels];
  }
  return Object.entries(value).flatMap(([k, v]) => selectorsOf(v, k));
}

/** Labels that Kubernetes, the cluster's DNS and the operator's chart set themselves. */
const FOREIGN = [
  'statefulset.kubernetes.io/pod-name',
  'kubernetes.io/metadata.name',
  'k8s-app',
  'dns.operator.openshift.io/daemonset-dns',
  'control-plane',
];
const RECOMMENDED = ['name', 'instance', 'component'].map((label) => `app.kubernetes.io/${label}`);

/** API groups of kinds that those bring who deliver secrets, and the folders of their objects. */
const CUSTOM = /^(secrets\.hashicorp\.com|(generators\.)?external-secrets\.io|secrets-store\.csi\.x-k8s\.io)\//;
const FOLDER = /^(vault-secrets-operator|external-secrets|secrets-store-csi-driver)\//;

describe.each(Object.entries(CASES))('objects of %s', (_title, { text, env }) => {
  const { config, files, objects } = synth(text, env);

  test('have names of their own', () => {
    const names = objects.map(nameOf);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('carry the recommended labels, and those of the configuration', () => {
    for (const { metadata } of objects) {
      const labels = { 'app.kubernetes.io/part-of': 'agent-sandbox-platform', 'app.kubernetes.io/managed-by': 'cdk8s' };
      expect(metadata.labels).toMatchObject({ ...config.labels, ...labels });
      expect(Object.keys(metadata.labels ?? {})).toEqual(expect.arrayContaining(RECOMMENDED));
      expect(metadata.annotations ?? {}).toMatchObject(config.annotations);
    }
  });

  // SECURITY.md: "Namespaces are selected by kubernetes.io/metadata.name"
  test('select by recommended labels alone', () => {
    const keys = new Set(objects.flatMap((object) => selectorsOf(object.spec ?? {})).flatMap((s) => Object.keys(s)));
    // Servers of Vault say of themselves that they are initialised, in Vault's own words.
    const own = ['vault-initialized'];
    expect([...keys].filter((key) => ![...RECOMMENDED, ...FOREIGN, ...own].includes(key))).toEqual([]);
  });

  test('that manage pods select the pods they make, and no one else’s', () => {
    const managers = ofKind(objects, 'StatefulSet', 'Deployment');
    const labelsOf = ({ spec }: KubeObject) => spec.template.metadata.labels;
    for (const { metadata, spec } of managers) {
      const { namespace } = metadata;
      const found = workloads(objects).filter(
        (w) => w.metadata.namespace === namespace && matches(spec.selector.matchLabels, labelsOf(w)),
      );
      expect(found.map((w) => w.metadata.name)).toEqual([metadata.name]);
    }
  });

  test('have claim templates that say what they are, as the API server has them', () => {
    const templates = ofKind(objects, 'StatefulSet').flatMap(({ spec }) => spec.volumeClaimTemplates ?? []);
    for (const template of templates)
      expect(template).toMatchObject({ apiVersion: 'v1', kind: 'PersistentVolumeClaim' });
  });

  test('let a drain have pods that are not ready, which nobody uses', () => {
    const policies = ofKind(objects, 'PodDisruptionBudget').map(({ spec }) => spec.unhealthyPodEvictionPolicy);
    expect([...new Set(policies)]).toEqual(['AlwaysAllow']);
  });

  // SECURITY.md: "No key, password or token is in dist/"
  // SECURITY.md: "Each bootstrap may read and change just the objects it makes, by name"
  test('hold no secret and no leftover token', () => {
    // Certificates stand in some, once a bootstrap has put them there; people fill those of "plain".
    const secrets = ofKind(objects, 'Secret').filter(({ metadata }) => !/^platform-ca$|-ssh-host$/.test(metadata.name));
    const granted = config.secrets.delivery === 'plain' ? ['devenv-vault-secrets', 'tfe-dynamic-token'] : [];
    expect(secrets.map(({ metadata }) => metadata.name)).toEqual(granted);
    for (const secret of ofKind(objects, 'Secret'))
      expect(Object.keys(secret)).toEqual(['apiVersion', 'kind', 'metadata']);
    const text = JSON.stringify(objects.map((object) => ({ ...object, data: { ...object.data, 'program.mjs': '' } })));
    expect(text).not.toMatch(/stringData|\$\{Tf(Token|Raw)|\$\{Token\[|BEGIN [A-Z ]*PRIVATE KEY|hvs\.[A-Za-z0-9]{8}/);
  });

  test('stand in files whose order is the order to apply them in', () => {
    const names = [...files.keys()];
    expect(names).toEqual([...names].sort());
    expect(names[0]).toBe('00-namespaces.k8s.yaml');
    const namespaceFiles = [...files].filter(([, inside]) => ofKind(inside, 'Namespace').length > 0);
    expect(namespaceFiles.map(([name]) => name)).toEqual(names.slice(0, 1));
    expect(names.filter((name) => !/^\d\d-[a-z-]+(-\d{3})?\.k8s\.yaml$/.test(name.replace(FOLDER, '')))).toEqual([]);
  });

  test('of kinds that others bring stand in their folder, with no more than what needs them', () => {
    for (const [file, inside] of files) {
      const rest = inside.filter(({ apiVersion }) => !CUSTOM.test(apiVersion)).map(({ kind }) => kind);
      if (!FOLDER.test(file)) expect([file, rest.length]).toEqual([file, inside.length]);
      else expect(rest).toEqual(file.startsWith('secrets-store') ? ['ServiceAccount', 'Deployment'] : []);
    }
  });

  test('are the same the second time', () => {
    expect(JSON.stringify([...synth(text, env).files])).toBe(JSON.stringify([...files]));
  });
});
