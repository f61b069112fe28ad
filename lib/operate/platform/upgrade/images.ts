import { createHash } from 'node:crypto';
import type { ListrTask } from 'listr2';
import type { Kubectl, KubeObject } from '../../cluster/kubectl';
import { COMPONENT, OURS, OWN_LABELS } from '../../cluster/labels';
import { containersOf, unschedulable, withoutImage } from '../../cluster/pods';
import { Failure } from '../../failure';
import { withBorrowed } from '../../interruption';
import { until } from '../../until';

/** A container with an image that its namespace does not run yet, and the pod that it is of. */
export interface NewImage {
  readonly namespace: string;
  readonly container: KubeObject;
  readonly pod: KubeObject;
}

const TRIAL = 'image-trial';
const SHELL = /(^|\/)(ba|da|a)?sh$/;
/** What a container ends with whose program could not be begun. */
const NOT_BEGUN = [126, 127, 128];

/** The description of its pods that an object holds, if it does. */
export const podOf = ({ kind, spec }: KubeObject): KubeObject | undefined =>
  kind === 'CronJob' ? spec.jobTemplate.spec.template.spec : spec?.template?.spec;

export const allContainers = (pod: KubeObject): KubeObject[] => [...(pod.initContainers ?? []), ...pod.containers];

const imagesIn = (objects: readonly KubeObject[]): NewImage[] =>
  objects.flatMap((object) => {
    const pod = podOf(object);
    const { namespace } = object.metadata;
    return pod ? allContainers(pod).map((container): NewImage => ({ namespace, container, pod })) : [];
  });

const keyOf = ({ namespace, container }: NewImage): string => `${namespace} ${container.image}`;

/** One container for each image that a namespace gets. */
export function newImages(wanted: readonly KubeObject[], standing: readonly KubeObject[]): NewImage[] {
  const known = new Set(imagesIn(standing).map(keyOf));
  return [...new Map(imagesIn(wanted).map((image) => [keyOf(image), image])).values()].filter(
    (image) => !known.has(keyOf(image)),
  );
}

/** Tries images out, each by a pod where it is to run, as its own pods are, that ends at once. */
export const trials = (kubectl: Kubectl, images: readonly NewImage[], timeoutSec: number): ListrTask[] =>
  images.map((image) => ({
    title: `${image.container.image} runs in ${image.namespace}`,
    task: async () => {
      // A namespace that is not there yet has nothing that could break.
      if (!(await kubectl.find('namespace', image.namespace))) return;
      const pod = podFor(image, timeoutSec);
      const { name, namespace } = pod.metadata;
      const work = async () => {
        await kubectl.answer(['create', '--filename', '-'], { input: JSON.stringify(pod) });
        await ends(kubectl, name, image, timeoutSec);
      };
      return withBorrowed(work, () =>
        kubectl.run(['delete', 'pod', name, '--namespace', namespace, '--ignore-not-found', '--now']),
      );
    },
  }));

/** Removes what a run that was killed left. */
export const removeTrials = (kubectl: Kubectl): Promise<string> =>
  kubectl.answer(['delete', 'pods', '--all-namespaces', '--selector', `${OURS},${COMPONENT}=${TRIAL}`, '--now']);

function podFor({ namespace, container, pod }: NewImage, timeoutSec: number): KubeObject {
  const { image, imagePullPolicy, securityContext, command = [] } = container;
  const [program] = command;
  const digest = createHash('sha256').update(image).digest('hex').slice(0, 10);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${TRIAL}-${digest}`, namespace, labels: { ...OWN_LABELS, [COMPONENT]: TRIAL } },
    spec: {
      securityContext: pod.securityContext,
      nodeSelector: pod.nodeSelector,
      tolerations: pod.tolerations,
      runtimeClassName: pod.runtimeClassName,
      imagePullSecrets: pod.imagePullSecrets,
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      activeDeadlineSeconds: timeoutSec,
      containers: [
        {
          name: 'trial',
          image,
          imagePullPolicy,
          securityContext,
          command: program && [program],
          args: SHELL.test(program ?? '') ? ['-c', 'exit 0'] : ['--version'],
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '1', memory: '512Mi' } },
        },
      ],
    },
  };
}

/** Waits until a pod shows that its image can be had and its program begins. @throws Failure - where not */
async function ends(kubectl: Kubectl, name: string, { namespace, container }: NewImage, sec: number): Promise<void> {
  const { image } = container;
  let pod: KubeObject | undefined;
  await until(
    () => `${image} does not run after ${sec} s: ${unschedulable(pod) ?? 'it is still pulled'}`,
    sec,
    async () => {
      pod = await kubectl.find('pod', name, namespace);
      if (!pod) throw new Failure(`somebody removed the pod that tried ${image} out`);
      return hasRun(pod, container);
    },
  );
}

/** Whether the program of a pod's only container began. @throws Failure - where it cannot */
function hasRun(pod: KubeObject, { image, command = [] }: KubeObject): boolean {
  const refused = withoutImage(pod)?.state.waiting;
  if (refused)
    throw new Failure(
      `${image} cannot be had: ${refused.message ?? refused.reason}; push it to a registry that the nodes reach, or load it into the nodes`,
    );
  const isShell = SHELL.test(command[0] ?? '');
  const [{ state = {} } = {} as KubeObject] = containersOf(pod);
  if (/^(Create|Run)Container/.test(state.waiting?.reason ?? '')) throw new Failure(notRun(image, state.waiting));
  if (!state.terminated) return Boolean(state.running) && !isShell;
  const { exitCode, reason } = state.terminated;
  const isFine = isShell ? exitCode === 0 : !NOT_BEGUN.includes(exitCode);
  if (!isFine || /Start|CannotRun/.test(reason)) throw new Failure(notRun(image, state.terminated));
  return true;
}

const notRun = (image: string, { message, reason, exitCode }: KubeObject): string =>
  `${image} does not run: ${message ?? `${reason}, status ${exitCode}`}; is it the right image, and for the nodes' processors?`;
