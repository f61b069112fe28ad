import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../failure';
import { answer, run } from '../run';

export const TOOLS = ['docker', 'podman', 'buildah'] as const;
export type Tool = (typeof TOOLS)[number];

/** Targets of images/devenv/Containerfile, each with all that those before it have. */
export const FLAVOURS = ['base', 'agents', 'tools', 'devenv'] as const;

export interface ImageArguments {
  /** Folder with the platform. */
  readonly folder: string;
  readonly image: string;
  /** @default - the first that is here */
  readonly tool?: Tool;
}

/** Builds the environments' image, its output at this terminal. */
export async function build({
  folder,
  image,
  tool,
  flavour,
}: ImageArguments & { readonly flavour: string }): Promise<void> {
  const context = join(folder, 'images/devenv');
  if (!existsSync(context)) throw new Failure(`${context} is not there: run this in a checkout of the platform`);
  const args = ['build', '--target', flavour, '--tag', image, '--file', join(context, 'Containerfile'), context];
  await attached(await toolOf(tool), args);
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
export async function load({ image, tool, cluster }: ImageArguments & { readonly cluster: string }): Promise<void> {
  const chosen = await toolOf(tool);
  if (chosen === 'docker') return attached('kind', ['load', 'docker-image', image, '--name', cluster]);
  const folder = mkdtempSync(join(tmpdir(), 'image-'));
  try {
    const archive = join(folder, 'image.tar');
    await answer(
      chosen,
      chosen === 'podman'
        ? ['save', '--output', archive, image]
        : ['push', image, `docker-archive:${archive}:${image}`],
    );
    await attached('kind', ['load', 'image-archive', archive, '--name', cluster]);
  } finally {
    rmSync(folder, { recursive: true });
  }
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

async function attached(program: string, args: readonly string[]): Promise<void> {
  const { exitCode } = await run(program, args, { stdio: 'inherit' });
  if (exitCode !== 0) throw new Failure(`${program} ${args[0]} ended with status ${exitCode}`);
}
