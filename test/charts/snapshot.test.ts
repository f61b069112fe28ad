import { createHash } from 'node:crypto';
import { Yaml } from 'cdk8s';
import { CASES, WEB_CASES } from '../helpers/cases';
import { compare } from '../helpers/compare';
import type { KubeObject } from '../helpers/objects';
import { synth } from '../helpers/synth';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Programs are read where they are written, in images/bootstrap. */
function withoutProgram(object: KubeObject): KubeObject {
  const program = object.data?.['program.mjs'];
  return program ? { ...object, data: { ...object.data, 'program.mjs': sha256(program) } } : object;
}

const filesOf = (title: string) => {
  const { text, env } = CASES[title];
  return [...synth(text, env).files].map(([file, objects]): [string, KubeObject[]] => [
    file,
    objects.map(withoutProgram),
  ]);
};

const WHOLE = ['kind hardened', 'standard hardened', 'openshift hardened', 'environments alone', 'named users alone'];
const RELAXED = ['kind', 'standard', 'openshift'];

/** The texts are the snapshots' own, so that they read as the files do. */
const verbatim = { test: (value: unknown) => typeof value === 'string', serialize: String };

describe('the whole output', () => {
  beforeAll(() => expect.addSnapshotSerializer(verbatim));

  test.each(WHOLE)('%s', (title) => {
    const texts = filesOf(title).map(([file, objects]) => `# ${file}\n${Yaml.stringify(...objects)}`);
    expect(texts.join('\n')).toMatchSnapshot();
  });

  test.each(Object.keys(WEB_CASES))('%s, for one environment', (title) => {
    const objects = filesOf(title).flatMap(([, all]) => all);
    const web = objects.filter(({ metadata: { name, namespace } }) =>
      namespace === 'web' ? /devenv-(alice|0)/.test(name) : /^devenv-(alice|0)-(web|from-(web|anywhere))/.test(name),
    );
    expect(Yaml.stringify(...web)).toMatchSnapshot();
  });

  test('a secret of one environment, what is that environment’s of it', () => {
    const objects = filesOf('a secret of one environment').flatMap(([, all]) => all);
    const own = objects.filter(({ metadata: { name } }) =>
      /^(vault-secrets-)?devenv-alice-(vault|writer)|^vault-secrets-devenv-alice$/.test(name),
    );
    expect(Yaml.stringify(...own)).toMatchSnapshot();
  });

  test.each(RELAXED)('%s relaxed, where it differs from hardened', (profile) => {
    const [relaxed, hardened] = ['relaxed', 'hardened'].map((security) =>
      filesOf(`${profile} ${security}`).flatMap(([, objects]) => objects),
    );
    expect(Yaml.stringify(compare(hardened, relaxed))).toMatchSnapshot();
  });
});
