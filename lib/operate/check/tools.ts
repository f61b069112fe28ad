import { isOlder, TESTED, type Tested } from '../../config/versions';
import type { Failure } from '../failure';
import { TOOLS as ENGINES } from '../platform/image';
import { run } from '../run';
import { bad, type Finding, good } from './finding';

/** A program, and how it says its version. */
interface Tool {
  readonly name: string;
  readonly args: readonly string[];
  readonly tested: Tested;
  /** What alone needs it; everything, if nothing is said. */
  readonly only?: string;
}

const TERRAFORM: Tool = { name: 'terraform', args: ['version'], tested: TESTED.terraform };
const RESTIC: Tool = {
  name: 'restic',
  args: ['version'],
  tested: { name: 'restic', run: '0.18.1', oldest: ['0.18'] },
  only: 'sandboxctl backup and restore',
};
const KIND: Tool = {
  name: 'kind',
  args: ['version'],
  tested: { name: 'kind', run: '0.30', oldest: ['0.24'], fault: 'older ones enforce no network policies' },
  only: 'sandboxctl up --kind and image load',
};

/** Minor versions that kubectl and a cluster may lie apart, as Kubernetes supports it. */
const SKEW = 1;

export interface ToolsArguments {
  /** What deploys. */
  readonly by: string;
  /** Version of the cluster, if it answers. */
  readonly cluster?: string;
}

/** The programs of this machine that this command line runs. */
export async function toolFindings({ by, cluster }: ToolsArguments): Promise<Finding[]> {
  const isKind = (await said('kubectl', ['config', 'current-context'])).startsWith('kind-');
  const wanted = [...(by === 'kubectl' ? [] : [TERRAFORM]), RESTIC, ...(isKind ? [KIND] : [])];
  return [
    await kubectlFinding(cluster),
    ...(await Promise.all(wanted.map(finding))),
    ...(isKind ? [await engine()] : []),
  ];
}

async function kubectlFinding(cluster?: string): Promise<Finding> {
  const what = 'kubectl';
  try {
    const { gitVersion } = JSON.parse(await said(what, ['version', '--client', '--output', 'json'])).clientVersion;
    const [own, other] = [gitVersion, cluster].map((version) => Number(/^v?\d+\.(\d+)/.exec(version ?? '')?.[1]));
    return Math.abs(own - other) > SKEW
      ? bad(
          what,
          `${gitVersion} is for clusters of 1.${own - SKEW} to 1.${own + SKEW}, and this one is ${cluster}`,
          `take kubectl 1.${other} from https://kubernetes.io/docs/tasks/tools/`,
        )
      : good(what, gitVersion);
  } catch (error) {
    return bad(what, 'is not on PATH', (error as Failure).message);
  }
}

async function finding({ name, args, tested, only }: Tool): Promise<Finding> {
  try {
    const [line] = (await said(name, args)).split('\n');
    const version = /\d+(\.\d+)+/.exec(line)?.[0] ?? '';
    return isOlder(tested, version)
      ? bad(name, line, `take ${tested.oldest.join(' or ')} or later: ${tested.fault ?? 'what is older was not run'}`)
      : good(name, line);
  } catch (error) {
    return only
      ? good(name, `is not on PATH; only ${only} need it`)
      : bad(name, 'is not on PATH', (error as Failure).message);
  }
}

async function engine(): Promise<Finding> {
  for (const name of ENGINES) {
    const answer = await said(name, ['--version']).catch(() => '');
    if (answer) return good('containers', answer.split('\n')[0]);
  }
  return good('containers', `none of ${ENGINES.join(', ')} is on PATH; only sandboxctl image needs one`);
}

const said = async (program: string, args: readonly string[]): Promise<string> =>
  String((await run(program, args)).stdout);
