import { hasten } from '../../lib/operate/cluster/hasten';
import { runOnDemand } from '../../lib/operate/cluster/jobs';
import { Kubectl } from '../../lib/operate/cluster/kubectl';
import { KubernetesStore } from '../../lib/operate/secrets/kubernetes-store';
import { Stubs } from '../helpers/stubs';

const MANAGER = '--field-manager=sandboxctl';
const stubs = new Stubs();
const kubectl = new Kubectl();

/** Commands that the project has written, and those near them that kubectl refuses the flag. */
const WRITES = [
  'annotate namespaces vault agent-sandbox.dev/restored=1 --overwrite',
  'label namespace vault app.kubernetes.io/managed-by-',
  'patch persistentvolumeclaim data-vault-0 --patch {}',
  'taint node one --overwrite a=b:NoExecute',
  'rollout restart deployment/vso --namespace vault-secrets-operator-system',
  'replace --filename -',
  'create --filename -',
  'create job now --from=cronjob/working-hours-stop',
];
const OTHERS = [
  'apply --server-side --filename dist/30-vault.k8s.yaml',
  'rollout status deployment/vso --timeout=1s',
  'scale statefulset vault --replicas=1',
  'create token writer --namespace vault',
  'auth can-i create pods',
  'exec vault-0 -- vault patch -method=patch secret -',
];

describe('what is written beside manifests', () => {
  test.each(WRITES)('is this program’s own, which no controller takes back: %s', async (line) => {
    stubs.put('kubectl');
    await kubectl.answer(line.split(' '));
    expect(stubs.calls).toEqual([`kubectl ${line} ${MANAGER}`]);
  });

  test.each(OTHERS)('is all that is: %s', async (line) => {
    stubs.put('kubectl');
    await kubectl.answer(line.split(' '));
    expect(stubs.calls).toEqual([`kubectl ${line}`]);
  });

  test('keeps the owner that it has of its own', async () => {
    const line = 'annotate pod one a=b --field-manager=sandboxctl-restore';
    stubs.put('kubectl');
    await kubectl.answer(line.split(' '));
    expect(stubs.calls).toEqual([`kubectl ${line}`]);
  });

  test('is so whoever writes: pods that are looked at, Jobs, values that are removed', async () => {
    stubs.put(
      'kubectl',
      `case $1 in get) echo '{"status":{"conditions":[{"type":"Complete","status":"True"}]}}' ;; esac`,
    );
    await hasten(kubectl, 'devenv', 'devenv-0');
    await runOnDemand(kubectl, { metadata: { name: 'rotate', namespace: 'vault' } }, 5);
    await KubernetesStore.always(kubectl, 'devenv').remove('TOKEN');
    const written = stubs.calls.filter((line) => !line.startsWith('kubectl get'));
    expect(written.map((line) => [line.split(' ')[1], line.endsWith(` ${MANAGER}`)])).toEqual([
      ['annotate', true],
      ['create', true],
      ['patch', true],
    ]);
  });
});
