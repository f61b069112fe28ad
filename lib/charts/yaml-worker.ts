import { parentPort } from 'node:worker_threads';
import { toYaml } from './yaml';

// One file's objects as JSON, which crosses threads several times faster than the objects; its text goes back.
parentPort?.on('message', (objects: string) => parentPort?.postMessage(toYaml(JSON.parse(objects))));
