import { writeFileSync } from 'node:fs';
import { read, write } from './kubernetes';
import { configuration, log, untilDone } from './program';

interface Config {
  readonly namespace: string;
  readonly configMap: string;
  readonly image: string;
}

/** Runs first: a schema that is in place needs no lock, which running controllers would not give. */
export async function check({ namespace, configMap }: Config): Promise<void> {
  await untilDone(async () => {
    if (await read('configmaps', namespace, configMap)) writeFileSync('/tmp/done', '');
  });
}

/** Runs after the database has its schema: says so in the ConfigMap that controllers mount. */
export async function publish({ namespace, configMap, image }: Config): Promise<void> {
  await untilDone(() => write('configmaps', namespace, configMap, { image }));
  log(`schema of ${image} is in place`);
}

if (process.argv[2]) (process.argv[3] === 'check' ? check : publish)(configuration());
