import { readFileSync } from 'node:fs';
import { EACH, KILLS, Killing, SEED } from '../support/killed';
import { find, kubectl, list } from '../support/kubectl';
import { noPlatform, workFile } from '../support/platform';
import { makeProject, missing, sandboxctl } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing();
const tried = triedUnless(why);

const ok = { code: 0 };
/** Size of the volumes, in GiB, that the first one asks for. */
const FIRST = 4;
/** The same image by another name, which is another one to everybody but the nodes. */
const IMAGES = ['agent-sandbox/devenv:0.1.0', 'docker.io/agent-sandbox/devenv:0.1.0'];
const [, IMAGE] = IMAGES;
/** It has a shell, and no sshd. */
const CRASHES = 'hashicorp/vault:1.21';
const POD = 'devenv-0';

const settings = () => readFileSync(workFile('stacks/overlay.yaml'), 'utf8');
const upgrade = (...args: string[]) => sandboxctl(['upgrade', ...args, '--yes']);
const pods = async () =>
  (await list('pods', 'devenv', '-l', 'app.kubernetes.io/component=environment')).map(({ metadata, spec, status }) => ({
    uid: metadata.uid,
    image: spec.containers[0].image,
    ready: status.containerStatuses[0].ready,
  }));
const kept = async () => (await sandboxctl(['exec', POD, '--', 'cat', '/workspace/kept'])).stdout;
const capacity = async () => (await find('pvc', 'devenv', `workspace-${POD}`)).status.capacity.storage;

beforeAll(async () => {
  if (why) return;
  await noPlatform();
  const off = { enabled: false };
  await makeProject({
    vault: off,
    boundary: off,
    keycloak: off,
    secrets: { delivery: 'none' },
    environments: { replicas: 2, storage: { workspace: '1Gi' } },
  });
  expect(await sandboxctl(['up'])).toMatchObject(ok);
  await sandboxctl(['exec', POD, '--', 'sh', '-c', 'echo kept > /workspace/kept']);
}, 600_000);

afterAll(async () => {
  if (!why) await sandboxctl(['down', '--delete-workspaces', '--yes']);
}, 600_000);

describe('an upgrade', () => {
  tried('has a plan, which changes nothing', async () => {
    const before = [settings(), await pods()];
    const { stdout } = await sandboxctl(['upgrade', `images.devenv=${IMAGE}`, '--dry-run', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ images: [{ to: IMAGE }], steps: ['environments'] });
    expect([settings(), await pods()]).toEqual(before);
  });

  tried('asks before it changes anything, where nobody is there to ask does nothing', async () => {
    const before = settings();
    expect(await sandboxctl(['upgrade', `images.devenv=${IMAGE}`])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('give --yes'),
    });
    expect(settings()).toBe(before);
  });

  tried(
    'to another image replaces the environments, whose files stay, and then has nothing to do',
    async () => {
      expect(await upgrade(`images.devenv=${IMAGE}`)).toMatchObject(ok);
      const seen = await pods();
      expect(seen.map(({ image, ready }) => [image, ready])).toEqual([
        [IMAGE, true],
        [IMAGE, true],
      ]);
      expect([settings(), await kept()]).toEqual([expect.stringContaining(IMAGE), 'kept\n']);
      expect(await upgrade()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^nothing to upgrade/) });
    },
    200_000,
  );

  tried('to an image that cannot be had is refused before anything changes', async () => {
    const before = [settings(), await pods()];
    expect(await upgrade('images.devenv=agent-sandbox/devenv:none')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('agent-sandbox/devenv:none cannot be had'),
    });
    expect([settings(), await pods()]).toEqual(before);
    expect(await list('pods', 'devenv', '-l', 'app.kubernetes.io/component=image-trial')).toEqual([]);
  });

  tried(
    'to an image that starts and ends again goes back, and all is as it was',
    async () => {
      const before = settings();
      expect(await upgrade(`images.devenv=${CRASHES}`, '--timeout', '25s')).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/environments is not Ready after 25 s: devenv-1: .*all is back as it was/s),
      });
      expect(settings()).toBe(before);
      const seen = await pods();
      expect(seen.map(({ image, ready }) => [image, ready])).toEqual([
        [IMAGE, true],
        [IMAGE, true],
      ]);
      expect(await kept()).toBe('kept\n');
      expect(await sandboxctl(['status'])).toMatchObject(ok);
    },
    300_000,
  );
});

describe('larger storage', () => {
  tried(
    'comes under environments that go on running',
    async () => {
      const before = await pods();
      expect(await upgrade('environments.storage.workspace=2Gi')).toMatchObject(ok);
      expect([await pods(), await capacity(), await kept()]).toEqual([before, '2Gi', 'kept\n']);
      const { spec } = await find('statefulset', 'devenv', 'devenv');
      expect(spec.volumeClaimTemplates[0].spec.resources.requests.storage).toBe('2Gi');
    },
    200_000,
  );

  tried('does not become smaller again, and the file is as it was', async () => {
    const before = settings();
    expect(await upgrade('environments.storage.workspace=1Gi')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('workspace-devenv-0 in devenv has 2Gi and cannot become smaller (1Gi)'),
    });
    expect(settings()).toBe(before);
  });

  tried(
    'finds the pods whose StatefulSet a run before had removed for it',
    async () => {
      const before = await pods();
      await kubectl(['delete', 'statefulset', 'devenv', '-n', 'devenv', '--cascade=orphan']);
      expect(await upgrade('environments.storage.workspace=3Gi')).toMatchObject(ok);
      expect([await pods(), await capacity()]).toEqual([before, '3Gi']);
      expect((await find('statefulset', 'devenv', 'devenv')).status.readyReplicas).toBe(2);
    },
    200_000,
  );
});

tried(
  `an upgrade that is killed comes to the same end by the same command (seed ${SEED})`,
  async () => {
    const kills = new Killing('upgrade');
    let number = 0;
    const wanted = () => [
      `images.devenv=${IMAGES[number % IMAGES.length]}`,
      `environments.storage.workspace=${FIRST + number}Gi`,
    ];
    const isThere = async () => {
      const image = IMAGES[number % IMAGES.length];
      const ready = { image, ready: true };
      expect(await pods()).toMatchObject([ready, ready]);
      expect([await capacity(), await kept()]).toEqual([`${FIRST + number}Gi`, 'kept\n']);
      expect(await upgrade()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^nothing to upgrade/) });
    };
    if (KILLS > 0) {
      await kills.rehearse(...wanted(), '--yes');
      await isThere();
    }
    for (let isFirst = KILLS === 0; isFirst || (KILLS > 0 && !kills.isDone(KILLS, EACH)); isFirst = false)
      for (const aim of KILLS > 0 ? kills.round() : kills.some(1)) {
        number++;
        await kills.kill(aim, ...wanted(), '--yes');
        expect(await upgrade(...wanted())).toMatchObject(ok);
        await isThere();
      }
    console.info(`killed:\n${kills}`);
  },
  240_000 + KILLS * 180_000,
);
