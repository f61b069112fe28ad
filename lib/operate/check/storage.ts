import type { KubeObject } from '../cluster/kubectl';
import { unschedulable, warningsOf } from '../cluster/pods';
import { isDefault, makeDefault } from '../cluster/storage';
import { quantity } from '../platform/resources';
import { within } from '../until';
import { bad, type Finding, good } from './finding';
import type { Image, Trial } from './trial';

const WHAT = 'storage';
/** Volumes of such a class are made by hand: one that is tried is used up. */
const BY_HAND = 'kubernetes.io/no-provisioner';

/** The smallest claim of the platform on a StorageClass. */
interface Wanted {
  readonly className?: string;
  readonly spec: KubeObject;
}

/** Claims of manifests, the smallest of each class and way of access. */
function claimsOf(objects: readonly KubeObject[]): Wanted[] {
  const claims = objects
    .flatMap((object) =>
      object.kind === 'PersistentVolumeClaim' ? [object] : (object.spec?.volumeClaimTemplates ?? []),
    )
    .sort((a, b) => size(b) - size(a));
  const kinds = claims.map(({ spec }): [string, Wanted] => [
    `${spec.storageClassName} ${spec.accessModes}`,
    { className: spec.storageClassName, spec },
  ]);
  return [...new Map(kinds).values()];
}

const size = ({ spec }: KubeObject): number => quantity(spec.resources.requests.storage);

/** Whether volumes can be had: each kind is claimed, written to and removed. @param image what writes, if any can be had */
export async function storageFindings(trial: Trial, objects: readonly KubeObject[], image?: Image): Promise<Finding[]> {
  const classes = await trial.kubectl.list('storageclasses');
  const names = classes.map(({ metadata }) => metadata.name as string);
  const wanted = claimsOf(objects);
  const found = await Promise.all(
    wanted.map(async ({ className, spec }, index): Promise<Finding> => {
      const storage = classes.find((one) => (className ? one.metadata.name === className : isDefault(one)));
      if (!storage) return withoutClass(className, names);
      const { name } = storage.metadata;
      if (storage.provisioner === BY_HAND)
        return good(WHAT, `StorageClass ${name}; not tried: its volumes are made by hand`);
      if (!image)
        return bad(WHAT, `StorageClass ${name} is not tried: no image can be had`, 'mend the images, and check again');
      return new Volume(trial, `volume-${index}`, name, spec).tried(image);
    }),
  );
  return found.length > 0 ? found : [good(WHAT, 'the platform claims no volumes')];
}

const withoutClass = (className: string | undefined, names: readonly string[]): Finding =>
  className
    ? bad(
        WHAT,
        `there is no StorageClass ${className}`,
        `name one of ${names.join(', ') || 'your own'} in storageClassName`,
      )
    : bad(
        WHAT,
        'no StorageClass is the default one',
        `mark one (${makeDefault(names[0])}), or name one in storageClassName`,
      );

/** A volume that is made to see whether that is possible. */
class Volume {
  constructor(
    private readonly trial: Trial,
    private readonly name: string,
    private readonly className: string,
    private readonly spec: KubeObject,
  ) {}

  async tried(image: Image): Promise<Finding> {
    const { trial, name, className, spec } = this;
    const { accessModes, resources, volumeMode } = spec;
    await trial.apply(
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name, namespace: trial.namespace },
        spec: { accessModes, resources, volumeMode, storageClassName: spec.storageClassName },
      },
      trial.pod(name, { ...image, command: ['sleep', '600'], claim: name }),
    );
    const bound = await within(trial.limits.volume, async () => (await this.claim())?.spec.volumeName);
    const mend = `see that what provides the StorageClass ${className} runs and has room, or name another one in storageClassName`;
    if (!bound) return bad(WHAT, `StorageClass ${className} makes no volume: ${await this.whyNot()}`, mend);
    const runs = await trial.run([name], trial.limits.volume);
    if (!runs) return bad(WHAT, `a volume of StorageClass ${className} is not mounted: ${await this.whyNot()}`, mend);
    const isWritten = (await trial.shell(name, WRITE)) === 0;
    const isGone = await this.remove(bound);
    if (!isWritten)
      return bad(
        WHAT,
        `a volume of StorageClass ${className} cannot be written to by who is not root`,
        'take a driver that heeds fsGroup (fsGroupPolicy of its CSIDriver), or another StorageClass',
      );
    return isGone
      ? good(WHAT, `StorageClass ${className}: a volume was bound, written to and removed`)
      : bad(
          WHAT,
          `the volume ${bound} of StorageClass ${className} is not removed with its claim`,
          `see that what provides it runs; then kubectl delete persistentvolume ${bound}`,
        );
  }

  private claim = (): Promise<KubeObject | undefined> =>
    this.trial.kubectl.find('persistentvolumeclaim', this.name, this.trial.namespace);

  private async whyNot(): Promise<string> {
    const pod = (await this.trial.pods()).find(({ metadata }) => metadata.name === this.name);
    const events = await this.trial.kubectl.list('events', { namespace: this.trial.namespace });
    const claim = await this.claim();
    const said = [claim, pod].flatMap((object) => (object ? warningsOf(object, events) : []));
    return said[0] ?? (pod && unschedulable(pod)) ?? `not within ${this.trial.limits.volume} s`;
  }

  /** @returns whether the volume goes with its claim */
  private async remove(volume: string): Promise<boolean> {
    const { trial, name } = this;
    // A class that keeps volumes would keep this one, too.
    const keeps = { spec: { persistentVolumeReclaimPolicy: 'Delete' } };
    await trial.kubectl.run(['patch', 'persistentvolume', volume, '--patch', JSON.stringify(keeps)]);
    await trial.delete(`pod/${name}`, `persistentvolumeclaim/${name}`);
    const isGone = async () => !(await trial.kubectl.find('persistentvolume', volume));
    return (await within(trial.limits.volume, isGone)) ?? false;
  }
}

const WRITE = 'echo hello > /volume/hello && sync && test "$(cat /volume/hello)" = hello';
