import type { ListrTask } from 'listr2';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { isOurs, labelOf } from '../cluster/labels';
import { Failure } from '../failure';
import { lastLines } from '../run';
import { until } from '../until';
import type { Order } from './order';
import { WORKLOADS } from './selection';

/** Secret with the administrator that Keycloak had in earlier versions, who alone can let the realm's own client in. */
const ADMINISTRATOR = 'keycloak-admin';
/** The program that keeps the realm, and takes it over when it is told to. */
const KEEPER = 'keycloak-clients';
const TAKE_OVER = ['node', '/etc/bootstrap/program.mjs', '/etc/bootstrap/config.json', 'adopt'];

/** What Keycloak says of a name or a password that is not right. */
const REFUSED = /status 401|invalid_grant/;

/** A realm that an earlier version imported, without the client by which this one keeps it: nobody can log in by it. */
export interface EarlierRealm {
  readonly namespace: string;
  /** Name and password of its administrator. */
  readonly administrator: { readonly username: string; readonly password: string };
}

/** The realm of a platform that is of an earlier version, if it is. */
export async function earlierRealm(
  kubectl: Kubectl,
  objects: readonly KubeObject[],
): Promise<EarlierRealm | undefined> {
  const keeper = objects.find((object) => object.kind === 'Deployment' && labelOf(object, 'instance') === KEEPER);
  if (!keeper) return undefined;
  const { namespace } = keeper.metadata;
  const secret = await kubectl.find('secret', ADMINISTRATOR, namespace);
  if (!secret || !isOurs(secret)) return undefined;
  const [username, password] = ['username', 'password'].map((key) =>
    Buffer.from(secret.data?.[key] ?? '', 'base64').toString(),
  );
  return { namespace, administrator: { username, password } };
}

export const aboutRealm = ({ administrator: { username } }: EarlierRealm): string =>
  `Keycloak's realm is of an earlier version: it gets what people log in by, and its administrator ${username} goes, as it has none any more (docs/OPERATIONS.md, "Act as Keycloak's administrator")`;

/** Takes the realm over once the workloads stand. */
export const realmTask = (realm: EarlierRealm, order: Order, kubectl: Kubectl, timeoutSec: number): ListrTask => ({
  title: 'realm of before',
  task: () => order.run('realm', [WORKLOADS], () => takeOver(kubectl, realm, timeoutSec)),
});

/** @throws Failure - with what the program says, where it cannot do so in time */
export async function takeOver(
  kubectl: Kubectl,
  { namespace, administrator }: EarlierRealm,
  timeoutSec: number,
): Promise<void> {
  let said = '';
  await until(
    () => `Keycloak's realm is not taken over (${said}): ${mendOf(namespace)}`,
    timeoutSec,
    async () => {
      const command = ['exec', '--stdin', '--namespace', namespace, `deployment/${KEEPER}`, '--', ...TAKE_OVER];
      const { exitCode, stdout, stderr } = await kubectl.run(command, { input: JSON.stringify(administrator) });
      said = lastLines(stdout || stderr, 1);
      if (REFUSED.test(said)) throw new Failure(`Keycloak refuses ${administrator.username}: ${mendOf(namespace)}`);
      return exitCode === 0;
    },
  );
  await kubectl.answer(['delete', 'secret', ADMINISTRATOR, '--namespace', namespace, '--ignore-not-found']);
}

const mendOf = (namespace: string): string =>
  `write username and password of an administrator into the Secret ${namespace}/${ADMINISTRATOR} (docs/OPERATIONS.md, "Act as Keycloak's administrator"), and run the same again; or delete that Secret, if the realm needs nothing`;
