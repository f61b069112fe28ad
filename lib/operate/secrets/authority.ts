import type { ListrTask } from 'listr2';
import { hasten } from '../cluster/hasten';
import { runOnDemand } from '../cluster/jobs';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { labelOf, OURS } from '../cluster/labels';
import { isReady } from '../cluster/pods';
import { Failure } from '../failure';
import { runTasks, type TaskEnd, type Waiting } from '../tasks';
import { until } from '../until';

/** The steps by which another authority takes the place of the platform's, each complete wherever it is broken off. */
export const STEPS = ['trust', 'sign', 'drop'] as const;
export type Step = (typeof STEPS)[number];

const WHAT: Record<Step, string> = {
  trust: 'another authority is trusted beside the one that signs',
  sign: 'it signs every certificate',
  drop: 'the one before is trusted no more',
};
/** Where an authority is published, and what shows the certificates that it has signed. */
interface Published {
  readonly bundle: string;
  readonly certificates: readonly { readonly namespace: string; readonly secretName: string }[];
  /** In PEM. */
  readonly text: string;
}

/** A file with what is trusted, as a pod has it. */
interface TrustFile {
  readonly pod: KubeObject;
  readonly container: string;
  readonly path: string;
}

const OPERATOR = 'app.kubernetes.io/name=vault-secrets-operator';
/** Volume of pods of Boundary that find their keys in Vault, and read whose certificate that has at their start alone. */
const READ_AT_START = 'kms-ca';

/**
 * Has another authority take the place of the platform's. Whatever was done before is not done again.
 * @param last step to take
 * @throws Failure - where a step fails, or a client has not followed in time: the next step is not taken then
 */
export async function replaceAuthority(
  kubectl: Kubectl,
  last: Step,
  { timeoutSec, json }: Waiting,
): Promise<TaskEnd[]> {
  const programs = await kubectl.list('cronjobs', { selector: OURS });
  const named = (name: string) => programs.find(({ metadata }) => metadata.name === name);
  if (!named(`replace-authority-${STEPS[0]}`))
    throw new Failure(
      'nothing in this cluster replaces an authority: there is no platform, one of before this was possible (sandboxctl up), or cert-manager issues its certificates',
    );
  const ends: TaskEnd[] = [];
  // One after the other, and none after one that failed.
  const take = async (title: string, task: () => Promise<unknown>) =>
    void ends.push(...(await runTasks([{ title, task: async () => void (await task()) } as ListrTask], { json })));
  for (const step of STEPS.slice(0, STEPS.indexOf(last) + 1)) {
    await take(WHAT[step], () => runOnDemand(kubectl, named(`replace-authority-${step}`), timeoutSec));
    await take('every pod has it', () => untilFollowed(kubectl, named(`replace-authority-${step}`), timeoutSec));
    if (step === 'sign') continue;
    const boundary = named('boundary-bootstrap');
    if (boundary) await take('Boundary’s credential store has it', () => runOnDemand(kubectl, boundary, timeoutSec));
    for (const server of await beginningAnew(kubectl, step))
      await take(`${server.metadata.name} begins anew with it`, () => restart(kubectl, server, timeoutSec));
  }
  return ends;
}

/** What is published now. */
async function published(kubectl: Kubectl, { metadata: { namespace } }: KubeObject): Promise<Published> {
  const program = await kubectl.find('configmap', 'certificate-authority', namespace);
  const { bundle, certificates } = JSON.parse(program?.data['config.json'] ?? '{"certificates":[]}');
  const values = await kubectl.find('configmap', bundle, namespace);
  return { bundle, certificates, text: values?.data?.['ca.crt'] ?? '' };
}

/** Files of a pod with what is trusted, each once. */
function filesOf(pod: KubeObject, { bundle, certificates }: Published): TrustFile[] {
  const { namespace } = pod.metadata;
  const issued = (name: string) => certificates.some((one) => one.namespace === namespace && one.secretName === name);
  return (pod.spec.volumes ?? []).flatMap(({ name, configMap, secret }: KubeObject) => {
    const of = configMap?.name === bundle || secret?.secretName === bundle || issued(secret?.secretName);
    const items = (configMap ?? secret)?.items ?? [{ key: 'ca.crt', path: 'ca.crt' }];
    const item = items.find(({ key }: KubeObject) => key === 'ca.crt');
    if (!of || !item) return [];
    const mounted = pod.spec.containers.flatMap(({ name: container, volumeMounts = [] }: KubeObject) =>
      volumeMounts
        .filter((mount: KubeObject) => mount.name === name)
        .map(({ mountPath }: KubeObject) => ({ pod, container, path: `${mountPath}/${item.path}` })),
    );
    return mounted.slice(0, 1);
  });
}

/** Waits until every pod that runs has in its files what is published. @throws Failure - naming those that have not */
async function untilFollowed(kubectl: Kubectl, program: KubeObject, timeoutSec: number): Promise<void> {
  const what = await published(kubectl, program);
  let late: string[] = [];
  await until(
    () => `not after ${timeoutSec} s: ${late.join(', ')}`,
    timeoutSec,
    async () => {
      const pods = (await kubectl.list('pods', { selector: OURS })).filter(
        (pod) => pod.status.phase === 'Running' && isReady(pod) && !pod.metadata.deletionTimestamp,
      );
      const files = pods.flatMap((pod) => filesOf(pod, what));
      const behind = await Promise.all(files.map(async (file) => !(await holds(kubectl, file, what.text))));
      const pod = ({ pod: { metadata } }: TrustFile) => `${metadata.namespace}/${metadata.name}`;
      late = [...new Set(files.filter((_, index) => behind[index]).map(pod))];
      for (const one of late) await hasten(kubectl, ...(one.split('/') as [string, string]));
      return late.length === 0;
    },
  );
}

async function holds(kubectl: Kubectl, { pod, container, path }: TrustFile, text: string): Promise<boolean> {
  const place = ['--namespace', pod.metadata.namespace, pod.metadata.name, '--container', container];
  const { exitCode, stdout } = await kubectl.run(['exec', ...place, '--', 'cat', path]);
  return exitCode === 0 && stdout.trim() === text.trim();
}

/** What reads at its start alone whom it trusts. What has both may go on with both: Boundary's pods end sessions. */
async function beginningAnew(kubectl: Kubectl, step: Step): Promise<KubeObject[]> {
  const operators = await kubectl.list('deployments', { selector: OPERATOR });
  if (step !== 'trust') return operators;
  const servers = await kubectl.list('deployments,statefulsets', { selector: OURS });
  const reads = ({ spec }: KubeObject) =>
    spec.template.spec.volumes?.some(({ name }: KubeObject) => name === READ_AT_START);
  return [...operators, ...servers.filter((one) => labelOf(one, 'name') === 'boundary' && reads(one))];
}

async function restart(kubectl: Kubectl, { kind, metadata }: KubeObject, timeoutSec: number): Promise<void> {
  const which = [`${kind.toLowerCase()}/${metadata.name}`, '--namespace', metadata.namespace];
  await kubectl.answer(['rollout', 'restart', ...which]);
  await kubectl.answer(['rollout', 'status', ...which, `--timeout=${timeoutSec}s`]);
}
