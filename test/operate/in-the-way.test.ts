import { Kubectl, type KubeObject } from '../../lib/operate/cluster/kubectl';
import { expectNothingInTheWay } from '../../lib/operate/platform/in-the-way';

const object = (kind: string, name: string, labels: Record<string, string> = {}): KubeObject => ({
  kind,
  metadata: { name, namespace: 'devenv', labels },
});
const ours = { 'app.kubernetes.io/part-of': 'agent-sandbox-platform' };
const wanted = [object('StatefulSet', 'devenv', ours), object('Service', 'devenv', ours), object('Secret', 'x', ours)];

/** A cluster with these objects. */
class Told extends Kubectl {
  constructor(private readonly objects: readonly KubeObject[]) {
    super();
  }

  override list = async () => [...this.objects];
}

const look = (...standing: KubeObject[]) => expectNothingInTheWay(new Told(standing), wanted);

test('what the platform made itself, and what has another name, is in nobody’s way', async () =>
  expect(await look(wanted[0], wanted[1], object('StatefulSet', 'other'), object('Service', 'devenv-0'))).toBe(
    undefined,
  ));

test('somebody else’s objects of the platform’s names are, and each is named', async () =>
  expect(look(object('StatefulSet', 'devenv', { app: 'devenv' }), object('Service', 'devenv'))).rejects.toThrow(
    /StatefulSet devenv\/devenv, Service devenv\/devenv; nothing is changed\. .*docs\/MIGRATION\.md/,
  ));
