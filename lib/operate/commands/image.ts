import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { FLAVOURS, type ImageArguments, PLATFORMS, TOOLS } from '../platform/image';
import { defaultKind } from './platform';
import { another } from './values';

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
    .addOption(new Option('--platform <name>', 'of which nodes (default: as this machine)').choices([...PLATFORMS]))
    .option('--build-arg <name=value>', 'a setting of the build; of the environment, without a value', another, [])
    .addHelpText(
      'after',
      '\nExamples:\n  sandboxctl image build --flavour agents\n  sandboxctl image build --build-arg BASE_IMAGE=mirror.example.com/debian:bookworm-slim --build-arg HTTPS_PROXY',
    )
    .action(async ({ flavour, buildArg, platform, ...options }) =>
      (await import('../platform/image')).build({ ...(await given(options)), flavour, buildArg, platform }),
    );
  verb('load', 'load it into the nodes of a kind cluster')
    .option('--cluster <name>', 'as kind names it (KIND_CLUSTER_NAME or kind, if none)')
    .addHelpText('after', '\nExamples:\n  sandboxctl image load\n  sandboxctl image load --cluster sandbox')
    .action(async ({ cluster = defaultKind(), ...options }) =>
      (await import('../platform/image')).load({ ...(await given(options)), cluster }),
    );
  verb('push', 'push it to its registry')
    .addHelpText('after', '\nExample:\n  sandboxctl image push --image registry.example.com/devenv:1.0')
    .action(async (options) => (await import('../platform/image')).push(await given(options)));
}

async function given({ image, tool }: Partial<ImageArguments>): Promise<ImageArguments> {
  const folder = resolve('.');
  if (image) return { folder, image, tool };
  const { Selection } = await import('../platform/selection');
  return { folder, image: (await Selection.of(folder)).environmentImage, tool };
}
