import { emptyCluster } from '../support/day2';
import { eventually } from '../support/eventually';
import { FAULTS } from '../support/faults';
import { forgetOneOfEach, known } from '../support/forgotten';
import { Killing, SEED } from '../support/killed';
import { find, kubectl, list } from '../support/kubectl';
import { missing, sandboxctl } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing();
const tried = triedUnless(why);

/** Seconds that `up` may take on a platform that is finished. */
const FINISHED_SEC = 10;
/** Until what a fault leads to is seen. */
const FOUND_SEC = 150;

/** By hand, with FAULTS=all, every fault; otherwise these. */
const SHORT = ['an image that is nowhere', 'a program that ends', 'a quota', 'a DNS that is blocked', 'a sealed Vault'];
const ALL = process.env.FAULTS === 'all';

const ok = { code: 0 };
const timed = async <T>(use: () => Promise<T>): Promise<[T, number]> => {
  const start = performance.now();
  return [await use(), (performance.now() - start) / 1000];
};
const diagnoses = async (): Promise<{ what: string; cause: string; mend: string }[]> =>
  JSON.parse((await sandboxctl(['doctor', '--json'])).stdout);

beforeAll(async () => {
  if (why) return;
  await emptyCluster();
}, 600_000);

describe('an empty cluster', () => {
  tried('has no platform, as status says', async () =>
    expect(await sandboxctl(['status'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no platform'),
    }),
  );

  tried(
    `is none the worse for a command that is killed on its way (seed ${SEED})`,
    async () => {
      for (const verb of [new Killing('up'), new Killing('down', ['--yes'])]) {
        for (const aim of verb.some(1)) await verb.kill(aim);
        console.info(`killed:\n${verb}`);
      }
    },
    600_000,
  );

  tried(
    'becomes a platform by one command, which says what each step took',
    async () => {
      const [{ code, stdout, stderr }, seconds] = await timed(() => sandboxctl(['up', '--json']));
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
      const ends: { title: string; seconds: number }[] = JSON.parse(stdout);
      // What the run before was killed after has nothing to change.
      expect(ends.map(({ title }) => title.split(':')[0])).toEqual(
        expect.arrayContaining(['operators', 'manifests', 'inside Vault', 'inside Boundary', 'vault Ready']),
      );
      console.info(
        `up: ${seconds.toFixed(0)} s; ${ends.map(({ title, seconds: took }) => `${title} ${took.toFixed(0)} s`).join(', ')}`,
      );
    },
    900_000,
  );
});

describe('a platform', () => {
  tried(`that is finished is found so within ${FINISHED_SEC} s`, async () => {
    const [outcome, seconds] = await timed(() => sandboxctl(['up']));
    expect(outcome).toMatchObject(ok);
    console.info(`up on a finished platform: ${seconds.toFixed(1)} s`);
    expect(seconds).toBeLessThan(FINISHED_SEC);
  });

  tried('differs in nothing from its files, and in what somebody changed by hand, as a dry run says', async () => {
    const differences = async (): Promise<{ name: string; changes: boolean; text: string }[]> =>
      JSON.parse((await sandboxctl(['up', '--dry-run', '--json'])).stdout);
    expect((await differences()).filter(({ text }) => text !== '')).toEqual([]);
    const scale = (replicas: number) =>
      kubectl(['scale', 'deployment', 'boundary-keeper', '-n', 'boundary', `--replicas=${replicas}`]);
    await scale(0);
    try {
      const found = (await differences()).filter(({ text }) => text !== '');
      expect(found.map(({ name, changes }) => [name, changes])).toEqual([['boundary', false]]);
      expect(found[0].text.split('\n')).toEqual(expect.arrayContaining(['-  replicas: 0', '+  replicas: 1']));
    } finally {
      await scale(1);
    }
  });

  tried(
    'has again what somebody removed, after the same command',
    async () => {
      const job = ['-l', 'app.kubernetes.io/instance=boundary-bootstrap'];
      await kubectl(['delete', 'deployment', 'boundary-keeper', '-n', 'boundary']);
      await kubectl(['delete', 'job', ...job, '-n', 'boundary']);
      expect(await sandboxctl(['up'])).toMatchObject(ok);
      expect((await find('deployment', 'boundary', 'boundary-keeper')).status.readyReplicas).toBe(1);
      expect((await list('jobs', 'boundary', ...job)).map(({ status }) => status.succeeded)).toEqual([1]);
    },
    200_000,
  );

  tried(
    'is what it was where Terraform was killed before it noted what it had made, sessions included',
    async () => {
      const noted = await known();
      const forgotten = await forgetOneOfEach();
      const left = await known();
      expect(forgotten.map((address) => [address in noted, address in left])).toEqual(
        forgotten.map(() => [true, false]),
      );
      expect(await sandboxctl(['up'])).toMatchObject(ok);
      // Sessions are of a target's id.
      expect(await known()).toEqual(noted);
      const { stdout } = await sandboxctl(['up']);
      for (const step of ['inside Vault', 'inside Boundary']) expect(stdout).toContain(`${step}: nothing to change`);
    },
    200_000,
  );

  tried('is Ready, as status says on one screen', async () => {
    const { code, stdout } = await sandboxctl(['status', '--json', '--resources']);
    const { parts, environments, vault, certificates, hostCertificates, tokens, nodes, versions } = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(parts.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['boundary', 'devenv', 'keycloak', 'vault']),
    );
    expect(environments.map(({ name, state }: { name: string; state: string }) => [name, state])).toEqual([
      ['devenv-0', 'running'],
      ['devenv-1', 'running'],
    ]);
    expect(vault).toMatchObject({ seal: 'shamir', sealed: [], servers: 1, open: 1, leads: true });
    expect(versions.kubernetes).toMatch(/^v1\./);
    expect(certificates.length).toBeGreaterThan(2);
    expect(hostCertificates.map(({ name }: { name: string }) => name)).toEqual(['devenv/devenv-0', 'devenv/devenv-1']);
    expect(tokens).toEqual([
      { name: expect.stringContaining('credential store'), ends: expect.stringMatching(/^20\d\d-/) },
    ]);
    expect(nodes.length).toBeGreaterThan(0);
    const text = (await sandboxctl(['status'])).stdout;
    expect(text.split('\n').length).toBeLessThan(40);
    expect(text).toContain('warning: Vault has the development seal');
    expect(text).toMatch(/^Certificates? for \d+ days: .*-tls/m);
    expect(text).toMatch(/^Token for .*credential store/m);
  });

  tried('has what it says, and commands run in its environments', async () => {
    expect((await sandboxctl(['logs', 'vault-bootstrap', '--since', '1h'])).stdout).toContain('"message":"ready"');
    expect(await sandboxctl(['exec', 'devenv-1', '--', 'hostname'])).toMatchObject({ code: 0, stdout: 'devenv-1\n' });
    expect(await sandboxctl(['exec', 'devenv-1', '--', 'sh', '-c', 'exit 7'])).toMatchObject({ code: 7 });
    expect(await sandboxctl(['exec', 'nobody'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing of the platform is called "nobody"'),
    });
  });

  tried(
    'has an environment anew after one command, with its files',
    async () => {
      const { uid } = (await find('pod', 'devenv', 'devenv-1')).metadata;
      await sandboxctl(['exec', 'devenv-1', '--', 'sh', '-c', 'echo kept > /workspace/restarted']);
      expect(await sandboxctl(['restart', 'devenv-1', '--warning', '5s'])).toMatchObject(ok);
      expect((await find('pod', 'devenv', 'devenv-1')).metadata.uid).not.toBe(uid);
      expect((await sandboxctl(['exec', 'devenv-1', '--', 'cat', '/workspace/restarted'])).stdout).toBe('kept\n');
      expect((await sandboxctl(['logs', 'devenv-1', '--previous'])).stderr).toContain('nothing of devenv-1 has ended');
    },
    200_000,
  );

  tried(
    'has the secrets that it is given, which no argument and no answer shows, and other ones once those are replaced',
    async () => {
      expect(await sandboxctl(['secrets', 'get', 'github_token'])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('has nothing yet'),
      });
      const set = await sandboxctl(['secrets', 'set', 'github_token'], 'the-first\n');
      expect(set).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^github_token is in secret\/devenv\/credentials in Vault/),
      });
      const imported = await sandboxctl(['secrets', 'import', '--json']);
      expect(JSON.parse(imported.stdout)).toMatchObject({ keys: ['langfuse_secret_key'], settings: [] });
      expect((await sandboxctl(['secrets', 'get'])).stdout).toBe('github_token\nlangfuse_secret_key\n');
      expect(await sandboxctl(['secrets', 'rotate', 'github_token'], 'the-second')).toMatchObject(ok);
      expect((await sandboxctl(['secrets', 'get', 'github_token'])).stdout).toBe('the-second\n');
      for (const name of ['devenv-0', 'devenv-1'])
        expect((await sandboxctl(['exec', name, '--', 'bash', '-c', 'echo $GITHUB_TOKEN'])).stdout).toBe(
          'the-second\n',
        );
      expect(await sandboxctl(['secrets', 'rotate', 'nothing'], 'x')).toMatchObject({ code: 1 });
      const removed = await sandboxctl(['secrets', 'remove', 'langfuse_secret_key', '--yes']);
      expect(removed).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('in Vault is read in devenv-0, devenv-1'),
        stdout: expect.stringMatching(/^langfuse_secret_key is gone from secret\/devenv\/credentials in Vault/),
      });
      expect((await sandboxctl(['secrets', 'list'])).stdout).toBe('github_token\n');
    },
    400_000,
  );

  tried(
    'makes its own secrets anew, and is Ready with them',
    async () => {
      const password = async () => (await find('secret', 'boundary', 'boundary-database')).data.password;
      const before = await password();
      expect(await sandboxctl(['secrets', 'rotate'])).toMatchObject(ok);
      expect(await password()).not.toBe(before);
      await eventually(async () => expect(await sandboxctl(['status'])).toMatchObject(ok), 180);
    },
    400_000,
  );

  tried(
    'that is scaled to nothing keeps its files, and has them again',
    async () => {
      await sandboxctl(['exec', 'devenv-0', '--', 'sh', '-c', 'echo kept > /workspace/kept']);
      expect(await sandboxctl(['scale', '0'])).toMatchObject(ok);
      expect(await list('pods', 'devenv', '-l', 'app.kubernetes.io/component=environment')).toEqual([]);
      expect(await sandboxctl(['scale', '2'])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('environments Ready after'),
      });
      expect((await sandboxctl(['exec', 'devenv-0', '--', 'cat', '/workspace/kept'])).stdout).toBe('kept\n');
    },
    300_000,
  );

  tried('that is healthy has nothing wrong', async () =>
    eventually(async () => expect(await diagnoses()).toEqual([]), 60),
  );
});

describe('a doctor', () => {
  for (const [name, { plant, cause, mend, missing: lacking }] of Object.entries(FAULTS).filter(
    ([name]) => ALL || SHORT.includes(name),
  ))
    triedUnless(why ?? lacking)(
      `finds ${name}`,
      async () => {
        await plant();
        try {
          await eventually(
            async () =>
              expect((await diagnoses()).map((found) => found.cause)).toContainEqual(expect.stringMatching(cause)),
            FOUND_SEC,
          );
        } finally {
          await mend();
        }
        await eventually(
          async () =>
            expect((await diagnoses()).map((found) => found.cause)).not.toContainEqual(expect.stringMatching(cause)),
          FOUND_SEC,
        );
      },
      600_000,
    );
});
