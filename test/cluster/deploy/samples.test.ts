import fc from 'fast-check';
import { platformText } from '../../config/arbitrary';
import { synth } from '../../helpers/synth';
import { ApiServer } from '../support/api-server';
import { addKinds, hasKinds, isUnknown } from '../support/kinds';
import { type KubeObject, list } from '../support/kubectl';
import { makeScratch, removeScratch } from '../support/scratch';

const SAMPLES = 200;
/** Where all objects are tried: what the samples call their namespaces does not matter to the server. */
const NAMESPACE = 'platform-samples';

let removeKinds = async () => {};

beforeAll(async () => {
  removeKinds = await addKinds();
  await makeScratch(NAMESPACE);
});

afterAll(async () => {
  await removeScratch(NAMESPACE);
  await removeKinds();
});

/** What a text means, or undefined where it is refused. */
function objectsOf(text: string): readonly KubeObject[] | undefined {
  try {
    return synth(text).objects;
  } catch {
    return undefined;
  }
}

/** Moves node ports away from those that Services hold: the server gives each once, whatever asks for it. */
async function freeNodePorts(objects: readonly KubeObject[]): Promise<void> {
  const portsOf = ({ kind, spec }: KubeObject) => (kind === 'Service' ? (spec.ports ?? []) : []);
  const held = new Set(
    (await list('services')).flatMap(({ spec }) => spec.ports.map((port: KubeObject) => port.nodePort)),
  );
  for (const port of objects.flatMap(portsOf)) while (held.has(port.nodePort)) port.nodePort++;
}

/** Every different object of so many accepted configurations. */
function sampled(): KubeObject[] {
  const seed = Number(process.env.SEED ?? 4);
  const outputs: (readonly KubeObject[])[] = [];
  for (const text of fc.sample(platformText, { numRuns: SAMPLES * 3, seed })) {
    if (outputs.length === SAMPLES) break;
    const objects = objectsOf(text);
    if (objects) outputs.push(objects);
  }
  expect(outputs).toHaveLength(SAMPLES);
  const here = ({ metadata, ...object }: KubeObject) => ({
    ...object,
    metadata: { ...metadata, ...(metadata.namespace && { namespace: NAMESPACE }) },
  });
  return [
    ...new Set(
      outputs
        .flat()
        .filter((object) => !isUnknown(object))
        .map((object) => JSON.stringify(here(object))),
    ),
  ].map((text) => JSON.parse(text));
}

(hasKinds ? test : test.skip)(
  `the API server accepts the objects of ${SAMPLES} sampled configurations${hasKinds ? '' : ' (skipped: the kinds of other projects are not here)'}`,
  async () => {
    const objects = sampled();
    await freeNodePorts(objects);
    await ApiServer.use(async (server) => expect(await server.complaints(objects)).toEqual([]));
    console.info(`${objects.length} different objects`);
  },
);
