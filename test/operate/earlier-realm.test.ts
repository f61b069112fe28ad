import type { Kubectl, KubeObject } from '../../lib/operate/cluster/kubectl';
import { earlierRealm, takeOver } from '../../lib/operate/platform/earlier-realm';
import { synth } from '../helpers/synth';

const { objects } = synth('profile: kind');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const ours = { 'app.kubernetes.io/part-of': 'agent-sandbox-platform' };
const secret = (labels: object = ours): KubeObject => ({
  metadata: { name: 'keycloak-admin', namespace: 'keycloak', labels },
  data: { username: base64('bootstrap'), password: base64('made before') },
});
const REALM = { namespace: 'keycloak', administrator: { username: 'bootstrap', password: 'made before' } };

/** A cluster with a Secret, whose program says this each time it is asked. It notes what is done. */
function cluster(found: KubeObject | undefined, ...said: readonly string[]) {
  const done: [string, unknown][] = [];
  const answers = [...said];
  const kubectl = {
    find: async () => found,
    run: async (args: readonly string[], options: { input?: unknown }) => {
      done.push([args.filter((arg) => !arg.startsWith('-')).join(' '), options.input]);
      const stdout = answers.length > 1 ? answers.shift() : answers[0];
      return { exitCode: stdout ? 1 : 0, stdout, stderr: '' };
    },
    answer: async (args: readonly string[]) => void done.push([args.slice(0, 3).join(' '), undefined]),
  };
  return { done, kubectl: kubectl as unknown as Kubectl };
}

const asked = [
  'exec keycloak deployment/keycloak-clients node /etc/bootstrap/program.mjs /etc/bootstrap/config.json adopt',
  JSON.stringify(REALM.administrator),
];
const deleted = ['delete secret keycloak-admin', undefined];

describe('a realm of an earlier version', () => {
  test('is one with the administrator of then', async () =>
    expect(await earlierRealm(cluster(secret()).kubectl, objects)).toEqual(REALM));

  test.each([
    ['there is no such administrator', cluster(undefined), objects],
    ['a Secret of that name is somebody else’s', cluster(secret({})), objects],
    ['the platform has no Keycloak', cluster(secret()), []],
  ])('is none where %s', async (_, { kubectl }, wanted) => expect(await earlierRealm(kubectl, wanted)).toBe(undefined));

  test('is taken over by the program that keeps it, which reads the password, and then has no administrator', async () => {
    const { done, kubectl } = cluster(undefined, '');
    await takeOver(kubectl, REALM, 1);
    expect(done).toEqual([asked, deleted]);
  });

  test('is asked for again while Keycloak does not answer', async () => {
    const { done, kubectl } = cluster(undefined, 'gives up: connect ECONNREFUSED', '');
    await takeOver(kubectl, REALM, 10);
    expect(done).toEqual([asked, asked, deleted]);
  });

  test('that lets the administrator in no more says what to do, and keeps the Secret', async () => {
    const { done, kubectl } = cluster(undefined, 'gives up: login to https://keycloak: status 400 invalid_grant');
    await expect(takeOver(kubectl, REALM, 10)).rejects.toThrow(
      /^Keycloak refuses bootstrap: write username and password of an administrator into the Secret keycloak\/keycloak-admin .* or delete that Secret/,
    );
    expect(done).toEqual([asked]);
  });
});
