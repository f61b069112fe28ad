import { write } from './kubernetes';
import { configuration, log, untilDone } from './program';

interface Config {
  readonly namespace: string;
  readonly configMap: string;
  readonly image: string;
}

/** Runs after the database has its schema: says so in the ConfigMap that controllers mount. */
export async function run({ namespace, configMap, image }: Config): Promise<void> {
  await untilDone(() => write('configmaps', namespace, configMap, { image }));
  log(`schema of ${image} is in place`);
}

if (process.argv[2]) run(configuration());
