import { CLOUD, policiesOf, purposes, users, volume } from '../helpers/boundary-keys';
import { bootstrapOf, find, type KubeObject, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';

describe('with keys that take the place of others', () => {
  const moving = (kms: string, previousKms: string) =>
    synth(`boundary: {kms: {${kms}}, previousKms: {${previousKms}}}`);
  const fromSecret = moving('type: transit', 'type: aead').objects;
  const generatedIn = (objects: readonly KubeObject[]) =>
    JSON.parse(
      ofKind(objects, 'ConfigMap').find(
        ({ metadata }) => metadata.namespace === 'boundary' && metadata.name === 'generated-secrets',
      )?.data['config.json'],
    ).secrets.find((s: any) => s.secretName === 'boundary-kms-keys')?.values;
  const PREVIOUS = '/etc/boundary/kms-previous/previous.hcl';
  const reads = ({ workload }: { workload: KubeObject }) => JSON.stringify(workload).includes(PREVIOUS);

  test('the root key of before opens what it encrypted, for those alone who open data', () => {
    expect(
      users(fromSecret)
        .filter(reads)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['boundary-controller', 'boundary-schema']);
    const { workload } = users(fromSecret).find(({ name }) => name === 'boundary-controller') ?? {};
    expect(volume(workload as KubeObject, 'kms-previous')).toEqual({
      name: 'kms-previous',
      secret: { secretName: 'boundary-kms-keys', items: [{ key: 'previous.hcl', path: 'previous.hcl' }] },
    });
    expect(purposes(find(fromSecret, 'ConfigMap', 'boundary-kms').data['kms.hcl'])).toEqual([
      'root',
      'worker-auth',
      'recovery',
    ]);
  });

  test('a Secret of before gains its root key in one more file, and no other key', () => {
    const before = generatedIn(synth('boundary: {kms: {type: aead}}').objects);
    const { 'previous.hcl': previous, ...others } = generatedIn(fromSecret);
    expect(others).toEqual(before);
    expect(purposes(previous)).toEqual(['previous-root']);
    const rootIn = (hcl: string) => /purpose = "(?:previous-)?root"\n([^}]*)}/.exec(hcl)?.[1];
    // The program that fills it in takes one name for one value.
    expect(rootIn(previous)).toBe(rootIn(before['kms.hcl']));
  });

  test('back from Vault, the token is for the root key of before alone', () => {
    const back = moving('type: aead', 'type: transit').objects;
    const { policies, tokens } = bootstrapOf(back, 'vault-bootstrap');
    expect(tokens.map((t: any) => t.secretName)).toEqual(['boundary-kms-controller']);
    expect(Object.keys(policies.find((p: any) => p.name === 'boundary-kms-controller').paths)).toEqual(
      expect.arrayContaining(['transit/encrypt/boundary-root', 'transit/decrypt/boundary-root']),
    );
    expect(purposes(find(back, 'ConfigMap', 'boundary-kms').data['previous.hcl'])).toEqual(['previous-root']);
    expect(Object.keys(generatedIn(back))).not.toContain('previous.hcl');
    expect(policiesOf(back)).toContain('boundary-controller-to-vault');
    expect(policiesOf(back)).not.toContain('boundary-worker-to-vault');
  });

  test('between clouds, pods are known to both', () => {
    const [[, [from]], [, [to]]] = Object.entries(CLOUD);
    const { objects } = moving(
      `type: ${Object.keys(CLOUD)[1]}, ${to}, serviceAccountAnnotations: {new: a}`,
      `type: ${Object.keys(CLOUD)[0]}, ${from}, serviceAccountAnnotations: {old: b}`,
    );
    expect(find(objects, 'ServiceAccount', 'boundary').metadata.annotations).toMatchObject({ new: 'a', old: 'b' });
    const files = find(objects, 'ConfigMap', 'boundary-kms').data;
    expect(purposes(files['previous.hcl'])).toEqual(['previous-root']);
    expect(
      Object.values(files)
        .join()
        .match(/kms "\w+"/g),
    ).toHaveLength(9);
  });
});
