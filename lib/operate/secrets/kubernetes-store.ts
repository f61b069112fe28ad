import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { isOurs, OURS, OWN_LABELS } from '../cluster/labels';
import type { SecretStore, Values } from './store';

/** What environments read, whichever way of delivery there is. */
const ALWAYS_READ = 'devenv-secrets';
/** A Secret that the platform makes for people to fill; one that names its keys is for something else. */
const FOR_PEOPLE = `${OURS},app.kubernetes.io/name=plain-secrets`;
const KEYS = 'agent-sandbox.dev/keys';

/** A Secret that people write. */
export class KubernetesStore implements SecretStore {
  constructor(
    private readonly kubectl: Kubectl,
    private readonly namespace: string,
    private readonly secret: string,
  ) {}

  /** The one that is there for people to fill, in the namespace of the environments, where there is one of these. */
  static async beside(
    kubectl: Kubectl,
    namespace: string,
    isMeant: (secret: KubeObject) => boolean,
  ): Promise<KubernetesStore | undefined> {
    const made = await kubectl.list('secrets', { namespace, selector: FOR_PEOPLE });
    const found = made.find((secret) => !secret.metadata.annotations?.[KEYS] && isMeant(secret));
    return found && new KubernetesStore(kubectl, namespace, found.metadata.name);
  }

  /** The one that all environments look for. */
  static always = (kubectl: Kubectl, namespace: string): KubernetesStore =>
    new KubernetesStore(kubectl, namespace, ALWAYS_READ);

  get name(): string {
    return `Secret ${this.namespace}/${this.secret}`;
  }

  async read(): Promise<Values> {
    const found = await this.kubectl.find('secret', this.secret, this.namespace);
    const decode = ([key, value]: [string, string]) => [key, Buffer.from(value, 'base64').toString()];
    return Object.fromEntries(Object.entries<string>(found?.data ?? {}).map(decode));
  }

  async write(values: Values): Promise<void> {
    const found = await this.kubectl.find('secret', this.secret, this.namespace);
    // What people made themselves stays theirs, and is not removed with the platform.
    const labels = found && !isOurs(found) ? undefined : OWN_LABELS;
    const metadata = { name: this.secret, namespace: this.namespace, labels };
    // An owner for each key, so that an apply of one takes no other away.
    for (const [key, value] of Object.entries(values))
      await this.kubectl.answer(
        ['apply', '--server-side', '--force-conflicts', `--field-manager=sandboxctl-${key}`, '--filename', '-'],
        { input: JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { [key]: value } }) },
      );
  }

  async remove(key: string): Promise<void> {
    const patch = JSON.stringify([{ op: 'remove', path: `/data/${key}` }]);
    const place = [this.secret, '--namespace', this.namespace];
    await this.kubectl.answer(['patch', 'secret', ...place, '--type', 'json', '--patch', patch]);
  }
}
