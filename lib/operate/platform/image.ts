import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../failure';
import { interrupted } from '../interruption';
import { lastLines, run } from '../run';

export const TOOLS = ['docker', 'podman', 'buildah'] as const;
export type Tool = (typeof TOOLS)[number];

/** Processors that the Containerfile has its tools for. */
export const PLATFORMS = ['linux/amd64', 'linux/arm64'] as const;

/** Targets of images/devenv/Containerfile, each with all that those before it have. */
export const FLAVOURS = ['base', 'agents', 'tools', 'devenv'] as const;

export interface ImageArguments {
  /** Folder with the platform. */
  readonly folder: string;
  readonly image: string;
  /** @default - the first that is here */
  readonly tool?: Tool;
}

export interface BuildArguments extends ImageArguments {
  readonly flavour: string;
  /** `NAME=VALUE` each, or `NAME` alone for that of the environment. @default [] */
  readonly buildArg?: readonly string[];
  /** @default - that of what builds it */
  readonly platform?: string;
}

/** Builds the environments' image, its output at this terminal. */
export async function build({ folder, image, tool, flavour, buildArg = [], platform }: BuildArguments): Promise<void> {
  const context = join(folder, 'images/devenv');
  if (!existsSync(context)) throw new Failure(`${context} is not there: run this in a checkout of the platform`);
  const what = ['--target', flavour, '--tag', image, '--file', join(context, 'Containerfile')];
  const how = [...(platform ? ['--platform', platform] : []), ...buildArg.flatMap((one) => ['--build-arg', one])];
  await attached(await toolOf(tool), ['build', ...what, ...how, context]);
}

/** Pushes it to its registry. */
export async function push({ image, tool }: ImageArguments): Promise<void> {
  if (!/^[^/]+[.:][^/]*\//.test(image))
    throw new Failure(
      `${image} names no registry: give one (--image registry.example.com/devenv:1.0), and the same in images.devenv`,
    );
  await attached(await toolOf(tool), ['push', image]);
}

/** Loads it into the nodes of a kind cluster. */
export async function load({
  image,
  tool,
  cluster,
  quiet,
}: ImageArguments & {
  readonly cluster: string;
  /** Whether nothing is shown of it. @default false */
  readonly quiet?: boolean;
}): Promise<void> {
  const chosen = await toolOf(tool);
  const inspected = await inspect(chosen, image);
  if (inspected === undefined)
    throw new Failure(`${chosen} has no image ${image}: sandboxctl image build --image ${image} makes it`);
  const into = (what: string, which: string, mend = '') =>
    attached('kind', ['load', what, which, '--name', cluster], { mend, quiet });
  const folder = mkdtempSync(join(tmpdir(), 'image-'));
  try {
    const archive = join(folder, 'image.tar');
    const isSaved = chosen === 'docker' ? await save(image, inspected, archive) : await copy(chosen, image, archive);
    if (isSaved) return await into('image-archive', archive);
    const mend = ': where it says "content digest … not found", install Docker 28 or later, and the same again';
    await into('docker-image', image, mend);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Saves one platform of an image of Docker's. `kind load docker-image` saves all, and where Docker has its images in
 * containerd, most of these are named without being there (https://github.com/kubernetes-sigs/kind/issues/3795).
 *
 * @returns false where this Docker can save no single one, as those before 28
 */
async function save(image: string, inspected: string, archive: string): Promise<boolean> {
  const [{ Os, Architecture }] = JSON.parse(inspected);
  const args = ['save', '--platform', `${Os}/${Architecture}`, '--output', archive, image];
  const { exitCode, stderr } = await bounded('docker', args);
  if (exitCode === 0) return true;
  if (/unknown flag|API version/.test(stderr)) return false;
  throw new Failure(`docker save ${image}: ${lastLines(stderr, 3)}`);
}

/** Puts it into an archive by the name that pods know it by; what `podman save` writes is of `localhost`. */
async function copy(program: Tool, image: string, archive: string): Promise<true> {
  const { exitCode, stderr } = await bounded(program, ['push', image, `docker-archive:${archive}:${image}`]);
  if (exitCode !== 0) throw new Failure(`${program} push ${image}: ${lastLines(stderr, 3)}`);
  return true;
}

/** What a tool says of an image; undefined where it has none of that name. @throws Failure - where it is not there */
async function inspect(tool: Tool, image: string): Promise<string | undefined> {
  const { exitCode, stdout } = await run(tool, ['inspect', '--type', 'image', image]);
  return exitCode === 0 ? String(stdout) : undefined;
}

/** The first tool that has an image on this machine. */
export async function toolWith(image: string): Promise<Tool | undefined> {
  for (const tool of TOOLS) if ((await inspect(tool, image).catch(() => undefined)) !== undefined) return tool;
  return undefined;
}

async function toolOf(wanted?: Tool): Promise<Tool> {
  for (const tool of wanted ? [wanted] : TOOLS) {
    const works = await run(tool, ['version']).then(
      ({ exitCode }) => exitCode === 0,
      () => false,
    );
    if (works) return tool;
  }
  throw new Failure(
    wanted ? `${wanted} does not run here` : `none of ${TOOLS.join(', ')} runs here: install one of them`,
  );
}

/** Runs a program until it ends or somebody has enough, who then finds nothing left of it. */
async function bounded(program: string, args: readonly string[], options: Parameters<typeof run>[2] = {}) {
  const signal = interrupted();
  const ended = await run(program, args, options, { signal });
  signal.throwIfAborted();
  return ended;
}

/** Its output at this terminal, or its last words where it fails. */
async function attached(
  program: string,
  args: readonly string[],
  { mend = '', quiet = false }: { readonly mend?: string; readonly quiet?: boolean } = {},
): Promise<void> {
  const { exitCode, stderr } = await bounded(program, args, quiet ? {} : { stdio: 'inherit' });
  const said = quiet ? `: ${lastLines(stderr, 3)}` : '';
  if (exitCode !== 0) throw new Failure(`${program} ${args[0]} ended with status ${exitCode}${said}${mend}`);
}
