import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubeconfigs } from '../cluster/which';
import { Failure } from '../failure';
import { pauseFor } from '../interruption';
import { type Ended, lastLines, runLasting } from '../run';
import { variable } from '../variable';
import type { Stack } from './project';
import { initOf, isTold } from './state-place';

const PLAN = 'sandboxctl.tfplan';
/** Beside the stack while a plan is made, with what that takes over. */
const ADOPTED = 'adopted.tf.json';
/** Of a run whose command line was killed, Terraform itself goes on. */
const WAIT = '-lock-timeout=15m';
/** What is said of a server whose certificate lacks the name that it is dialed by. */
const OLD_NAMES = /x509: certificate is (not )?valid for/;
/** How long such a server is waited for. */
const FOLLOW_MS = 180_000;
const AGAIN_MS = 5000;
/** What is said where something is to be made that exists. */
const TAKEN = /must be unique|path is already in use|already exists/;

/** What the providers would take for another cluster than kubectl's. */
const ELSEWHERE = {
  KUBE_CTX: undefined,
  KUBE_CTX_CLUSTER: undefined,
  KUBE_CTX_AUTH_INFO: undefined,
  KUBE_CONFIG_PATH: undefined,
  KUBE_CONFIG_PATHS: undefined,
  KUBE_HOST: undefined,
} as const;

/** Something is to be made that exists, and that Terraform does not know. */
export class Taken extends Failure {}

/** What a plan makes. */
export interface Creation {
  readonly address: string;
  readonly type: string;
  /** As far as they are known before. */
  // biome-ignore lint/suspicious/noExplicitAny: of every type
  readonly values: any;
}

/** What a plan says of one thing. */
interface Planned extends Pick<Creation, 'address' | 'type'> {
  readonly name: string;
  readonly change: { readonly actions: readonly string[]; readonly after: unknown };
}

/** What exists, by its id, for what Terraform is to know it as. */
export interface Adopted {
  readonly address: string;
  readonly id: string;
}

/** One stack, carried out by Terraform. */
export class Terraform {
  /** @param project folder of the platform, where the stacks before leave its authority */
  constructor(
    private readonly stack: Stack,
    private readonly project: string,
    /** Addresses of what is meant of it; none means all. */
    private readonly targets: readonly string[] = [],
  ) {}

  /** Whether it was prepared here before. */
  get isPrepared(): boolean {
    return existsSync(join(this.stack.folder, '.terraform')) && isTold(this.stack);
  }

  /** File with the only authority that its providers trust; none where they trust the public ones. */
  get authority(): string | undefined {
    const file = variable('BOUNDARY_CACERT') ?? join(this.project, '.agent-sandbox/ca.crt');
    return existsSync(file) && statSync(file).size === 0 ? undefined : file;
  }

  /**
   * Finds out what would change.
   * @param adopted what exists and is taken over, instead of being made
   * @returns whether anything would, and the plan in words
   */
  async plan(adopted: readonly Adopted[] = []): Promise<{ changes: boolean; text: string }> {
    this.forgetAdopted();
    const blocks = adopted.map(({ address: to, id }) => ({ to, id }));
    if (blocks.length > 0) writeFileSync(join(this.stack.folder, ADOPTED), JSON.stringify({ import: blocks }));
    try {
      return await this.makePlan();
    } finally {
      this.forgetAdopted();
    }
  }

  /** What the last plan makes anew. */
  async creations(): Promise<Creation[]> {
    return (await this.planned())
      .filter(({ change }) => change.actions.join() === 'create')
      .map(({ address, type, change }) => ({ address, type, values: change.after }));
  }

  /** Names of the charts whose releases the last plan changes. */
  async changedCharts(): Promise<string[]> {
    return (await this.planned())
      .filter(({ type, change }) => type === 'helm_release' && change.actions.join() !== 'no-op')
      .map(({ name }) => name);
  }

  private async planned(): Promise<Planned[]> {
    const { exitCode, stdout, stderr } = await this.terraform(['show', '-json', PLAN]);
    if (exitCode !== 0) throw this.failure('show', stderr);
    return JSON.parse(stdout).resource_changes ?? [];
  }

  private async makePlan(): Promise<{ changes: boolean; text: string }> {
    const plan = ['plan', '-input=false', WAIT, '-detailed-exitcode', '-no-color', `-out=${PLAN}`, ...this.chosen()];
    if (!this.isPrepared) await this.init();
    let ended = await this.terraform(plan);
    if (/terraform init/.test(String(ended.stderr))) {
      await this.init();
      ended = await this.terraform(plan);
    }
    // Servers have a certificate with other names a minute or two after it was issued.
    for (const end = Date.now() + FOLLOW_MS; OLD_NAMES.test(String(ended.stderr)) && Date.now() < end; ) {
      await pauseFor(AGAIN_MS);
      ended = await this.terraform(plan);
    }
    const { exitCode, stdout, stderr } = ended;
    if (exitCode !== 0 && exitCode !== 2) throw this.failure('plan', stderr || stdout);
    return { changes: exitCode === 2, text: stdout };
  }

  /** Carries the last plan out. @param signal ends it before it is through @throws Taken - where something of it exists */
  async apply(signal?: AbortSignal): Promise<void> {
    const args = ['apply', '-input=false', WAIT, '-no-color', PLAN];
    const { exitCode, stdout, stderr } = await this.terraform(args, { signal });
    if (exitCode !== 0 && signal?.aborted) throw new Failure('ended, because of what is not Ready');
    if (exitCode !== 0) throw this.failure('apply', stderr || stdout);
  }

  /** Removes all that it made. */
  async destroy(): Promise<void> {
    this.forgetAdopted();
    await this.init();
    const { exitCode, stdout, stderr } = await this.terraform([
      'destroy',
      '-input=false',
      WAIT,
      '-no-color',
      '-auto-approve',
      ...this.chosen(),
    ]);
    if (exitCode !== 0) throw this.failure('destroy', stderr || stdout);
  }

  /** Has it know what exists, unless it does by now. */
  async take({ address, id }: Adopted): Promise<void> {
    const { exitCode, stdout, stderr } = await this.terraform([
      'import',
      '-input=false',
      WAIT,
      '-no-color',
      address,
      id,
    ]);
    if (exitCode !== 0 && !/already managed/.test(stderr)) throw this.failure('import', stderr || stdout);
  }

  /** What it knows, as JSON; empty where it knows nothing. */
  async state(): Promise<string> {
    if (!this.isPrepared) await this.init();
    const { exitCode, stdout, stderr } = await this.terraform(['state', 'pull']);
    if (exitCode !== 0) throw this.failure('state pull', stderr);
    return stdout.trim();
  }

  /** Has it know what another one knew, in the place of what it does. */
  async takeState(state: string): Promise<void> {
    const { exitCode, stderr } = await this.terraform(['state', 'push', '-force', '-'], { input: state });
    if (exitCode !== 0) throw this.failure('state push', stderr);
  }

  private async init(): Promise<void> {
    const init = ['init', '-input=false', '-no-color', ...initOf(this.stack)];
    if ((await this.terraform(init)).exitCode === 0) return;
    // Other versions of the providers than those that were locked.
    const { exitCode, stdout, stderr } = await this.terraform([...init, '-upgrade']);
    if (exitCode !== 0) throw this.failure('init', stderr || stdout);
  }

  /** An earlier run that was killed may have left it, and what it names may be gone. */
  private forgetAdopted(): void {
    rmSync(join(this.stack.folder, ADOPTED), { force: true });
  }

  private chosen = (): string[] => this.targets.map((address) => `-target=${address}`);

  private terraform(
    args: readonly string[],
    { input, signal }: { input?: string; signal?: AbortSignal } = {},
  ): Promise<Ended> {
    const env = {
      // Short runs: what Go would free meanwhile is freed at their ends, as long as it is not much.
      GOGC: variable('GOGC') ?? '400',
      GOMEMLIMIT: variable('GOMEMLIMIT') ?? '1GiB',
      TF_IN_AUTOMATION: 'yes',
      CHECKPOINT_DISABLE: '1',
      TF_VAR_kubeconfig: kubeconfigs(),
      ...ELSEWHERE,
      BOUNDARY_CACERT: this.authority,
    };
    return runLasting('terraform', args, { cwd: this.stack.folder, env, input }, { signal });
  }

  private failure(verb: string, text: string): Failure {
    const said = text.split('\n').filter((line) => /^[│╷╵]?\s*(Error|on |with |[A-Za-z0-9])/.test(line));
    const Kind = TAKEN.test(text) ? Taken : Failure;
    return new Kind(`${this.stack.name}: terraform ${verb}: ${lastLines(said.join('\n').replaceAll('│', ''), 8)}`);
  }
}
