import { check } from '../../lib/operate/check/check';
import type { Finding } from '../../lib/operate/check/finding';
import { LIMITS } from '../../lib/operate/check/trial';
import type { KubeObject } from '../../lib/operate/cluster/kubectl';
import { run } from '../../lib/operate/run';
import type { FitCluster } from './fit-cluster';
import { synth } from './synth';

/** No time for anything: what is to come about has come about when it is asked for. */
export const limits = Object.fromEntries(Object.keys(LIMITS).map((key) => [key, 0])) as unknown as typeof LIMITS;

const TOOLS: Readonly<Record<string, string>> = {
  'kubectl config': 'admin@somewhere',
  'kubectl version': '{"clientVersion":{"gitVersion":"v1.34.0"}}',
  'terraform version': 'Terraform v1.11.4\non linux_amd64',
  'restic version': 'restic 0.18.1 compiled with go1.24',
  'kind version': 'kind v0.30.0 go1.24',
  'docker --version': 'Docker version 28.0',
};

/** A machine with programs that say this; `''` for those that are not there. */
export function machine(tools: Readonly<Record<string, string>> = {}): void {
  jest.mocked(run).mockImplementation(async (program, args) => {
    const stdout = { ...TOOLS, ...tools }[`${program} ${args[0]}`];
    if (!stdout) throw new Error(`${program} is not on PATH`);
    return { exitCode: 0, stdout } as never;
  });
}

const partsOf = (text: string) => {
  const { objects } = synth(text);
  return {
    objects: objects as KubeObject[],
    releasePrefix: undefined,
    parts: [{ name: 'all', files: [], objects: objects as KubeObject[], needsOperator: false }],
  };
};
export const KIND = 'profile: kind';

export const checked = (cluster: FitCluster, text = KIND, by?: string): Promise<Finding[]> =>
  check(cluster, partsOf(text), { limits, by });
export const of = (findings: readonly Finding[], what: string) => findings.filter((finding) => finding.what === what);
export const failed = (findings: readonly Finding[]) => findings.filter(({ ok }) => !ok);
