import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { FLAVOURS, type ImageArguments, TOOLS } from '../platform/image';

/** The image that environments run. */
export function addImageCommands(program: Command): void {
  const image = program
    .command('image')
    .description('build the environments’ image, and bring it to where nodes find it');
  const verb = (name: string, description: string) =>
    image
      .command(name)
      .description(description)
      .option('--image <name>', 'its name (default: images.devenv of platform.yaml)')
      .addOption(
        new Option('--tool <tool>', 'what builds and pushes (default: the first that is here)').choices([...TOOLS]),
      );
  verb('build', 'build it from images/devenv')
    .addOption(new Option('--flavour <name>', 'how much is in it').choices([...FLAVOURS]).default('base'))
    .addHelpText('after', '\nExample:\n  sandboxctl image build --flavour agents')
    .action(async ({ flavour, ...options }) =>
      (await import('../platform/image')).build({ ...(await given(options)), flavour }),
    );
  verb('load', 'load it into the nodes of a kind cluster')
    .option('--cluster <name>', 'as kind names it', 'kind')
    .action(async ({ cluster, ...options }) =>
      (await import('../platform/image')).load({ ...(await given(options)), cluster }),
    );
  verb('push', 'push it to its registry').action(async (options) =>
    (await import('../platform/image')).push(await given(options)),
  );
}

async function given({ image, tool }: Partial<ImageArguments>): Promise<ImageArguments> {
  const folder = resolve('.');
  if (image) return { folder, image, tool };
  const { Selection } = await import('../platform/selection');
  return { folder, image: (await Selection.of(folder)).environmentImage, tool };
}
