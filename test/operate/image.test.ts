import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeProgram } from '../../lib/operate/program';
import { Stubs } from '../helpers/stubs';

const IMAGE = 'agent-sandbox/devenv:0.1.0';
const stubs = new Stubs({ isAlone: true });
const stub = (program: string, script = '') => stubs.put(program, script);

/** What was run, without names of folders. */
const calls = (): string[] =>
  stubs.calls.map((line) => line.replaceAll(/[^\s:]*image-\w+\//g, '').replaceAll(`${stubs.home}/`, ''));

const INSPECTED = JSON.stringify([{ Os: 'linux', Architecture: 'arm64' }]);
/** Docker with the image, whose `save` does what is given. */
const docker = (save = '') =>
  stub('docker', `case "$1" in inspect) echo '${INSPECTED}' ;; save) ${save || ':'} ;; esac`);

const image = (...args: string[]): Promise<unknown> => makeProgram().parseAsync(['image', ...args], { from: 'user' });

beforeEach(() => {
  for (const folder of ['tmp', 'images/devenv']) mkdirSync(join(stubs.home, folder), { recursive: true });
  process.env.TMPDIR = join(stubs.home, 'tmp');
  delete process.env.KIND_CLUSTER_NAME;
  jest.spyOn(process, 'cwd').mockReturnValue(stubs.home);
});
afterEach(() => jest.restoreAllMocks());

describe('an image is built', () => {
  test('by the first tool that runs, with the settings that are given', async () => {
    stub('docker', 'exit 1');
    stub('podman');
    stub('buildah');
    const settings = ['--build-arg', 'BASE_IMAGE=a/debian:12', '--build-arg', 'HTTPS_PROXY'];
    await image('build', '--image', IMAGE, '--flavour', 'agents', '--platform', 'linux/arm64', ...settings);
    expect(calls()).toEqual([
      'docker version',
      'podman version',
      `podman build --target agents --tag ${IMAGE} --file images/devenv/Containerfile --platform linux/arm64 ${settings.join(' ')} images/devenv`,
    ]);
  });

  test('by the tool that is named', async () => {
    stub('docker');
    stub('buildah');
    await image('build', '--image', IMAGE, '--tool', 'buildah');
    expect(calls()).toEqual([
      'buildah version',
      `buildah build --target base --tag ${IMAGE} --file images/devenv/Containerfile images/devenv`,
    ]);
  });

  test.each<[string, string[], string]>([
    ['no tool runs', [], 'none of docker, podman, buildah runs here: install one of them'],
    ['the one that is named does not run', ['--tool', 'podman'], 'podman does not run here'],
  ])('not where %s', (_title, tool, said) => expect(image('build', '--image', IMAGE, ...tool)).rejects.toThrow(said));

  test('not where its files are not', async () => {
    rmSync(join(stubs.home, 'images'), { recursive: true });
    await expect(image('build', '--image', IMAGE)).rejects.toThrow(
      /images\/devenv is not there: run this in a checkout/,
    );
  });

  test('or its tool is said to have failed', async () => {
    stub('docker', '[ "$1" = version ] || exit 3');
    await expect(image('build', '--image', IMAGE)).rejects.toThrow('docker build ended with status 3');
  });
});

describe('an image is loaded into kind', () => {
  test.each<[string, string[], string | undefined, string]>([
    ['the cluster that is named', ['--cluster', 'mine'], 'other', 'mine'],
    ['that of KIND_CLUSTER_NAME', [], 'other', 'other'],
    ['kind’s own', [], undefined, 'kind'],
    ['kind’s own, with an empty variable', [], '', 'kind'],
  ])('into %s, of Docker by an archive of the one platform that it has', async (_title, args, variable, cluster) => {
    if (variable !== undefined) process.env.KIND_CLUSTER_NAME = variable;
    docker();
    stub('kind');
    await image('load', '--image', IMAGE, ...args);
    expect(calls()).toEqual([
      'docker version',
      `docker inspect --type image ${IMAGE}`,
      `docker save --platform linux/arm64 --output image.tar ${IMAGE}`,
      `kind load image-archive image.tar --name ${cluster}`,
    ]);
    expect(readdirSync(join(stubs.home, 'tmp'))).toEqual([]);
  });

  test.each([
    'unknown flag: --platform',
    '"--platform" requires API version 1.48, but the Docker daemon API version is 1.47',
  ])('by kind itself where Docker saves no single platform: %s', async (said) => {
    docker(`echo '${said}' >&2; exit 125`);
    stub('kind');
    await image('load', '--image', IMAGE);
    expect(calls().at(-1)).toBe(`kind load docker-image ${IMAGE} --name kind`);
    stub('kind', 'exit 1');
    await expect(image('load', '--image', IMAGE)).rejects.toThrow('install Docker 28 or later, and the same again');
  });

  test('not where Docker cannot save it', async () => {
    docker('echo no space left on device >&2; exit 1');
    stub('kind');
    await expect(image('load', '--image', IMAGE)).rejects.toThrow(`docker save ${IMAGE}: no space left on device`);
    expect(calls().join()).not.toContain('kind');
    expect(readdirSync(join(stubs.home, 'tmp'))).toEqual([]);
  });

  test.each(['podman', 'buildah'])('of %s by an archive with the name that pods know', async (tool) => {
    stub(tool);
    stub('kind');
    await image('load', '--image', IMAGE);
    expect(calls().slice(-2)).toEqual([
      `${tool} push ${IMAGE} docker-archive:image.tar:${IMAGE}`,
      'kind load image-archive image.tar --name kind',
    ]);
  });

  test('not where there is none of that name', async () => {
    stub('podman', '[ "$1" = version ]');
    await expect(image('load', '--image', IMAGE)).rejects.toThrow(
      `podman has no image ${IMAGE}: sandboxctl image build --image ${IMAGE} makes it`,
    );
  });

  test('not without kind, which is said with where to get it', async () => {
    docker();
    await expect(image('load', '--image', IMAGE)).rejects.toThrow(/^kind is not on PATH: get it from https:/);
  });
});

describe('an image is pushed', () => {
  test('to the registry in its name', async () => {
    stub('docker');
    await image('push', '--image', 'registry.example.com/devenv:1.0');
    expect(calls()).toEqual(['docker version', 'docker push registry.example.com/devenv:1.0']);
  });

  test.each(['localhost:5000/devenv', '[::1]:5000/devenv'])('to %s, which is a registry', async (name) => {
    stub('docker');
    await image('push', '--image', name);
    expect(calls().at(-1)).toBe(`docker push ${name}`);
  });

  test.each([IMAGE, 'devenv:1.0', 'devenv'])('not as %s, which names none', (name) =>
    expect(image('push', '--image', name)).rejects.toThrow(`${name} names no registry: give one`),
  );
});
