import { type Dns, KNOWN_NAME, lookAt } from '../cluster/dns';
import type { KubeObject } from '../cluster/kubectl';
import { within } from '../until';
import { bad, type Finding, good } from './finding';
import type { Image, Trial } from './trial';

const PORT = 8080;
const CONNECT_SEC = 2;

/** Serves by what an image has: Node.js, Perl or BusyBox. */
const SERVE = `if command -v node >/dev/null; then exec node -e 'require("node:net").createServer((socket) => socket.end("hello")).listen(${PORT})'
elif command -v perl >/dev/null; then exec perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalPort => ${PORT}, Listen => 9, ReuseAddr => 1) or exit 1; while ($c = $s->accept) { print $c "hello"; close $c }'
else exec nc -lk -p ${PORT} -e echo hello; fi`;

/** Ends with 0 where a server says something. */
const connect = (host: string): string => `test -n "$(
if command -v node >/dev/null; then node -e 'const s = require("node:net").connect(${PORT}, "${host}"); s.on("data", (d) => { process.stdout.write(d); process.exit() }); s.on("error", () => process.exit(1)); setTimeout(() => process.exit(1), ${CONNECT_SEC * 1000})'
elif command -v perl >/dev/null; then perl -MIO::Socket::IP -e '$s = IO::Socket::IP->new(PeerHost => "${host}", PeerPort => ${PORT}, Timeout => ${CONNECT_SEC}) or exit 1; print scalar <$s>'
else nc -w ${CONNECT_SEC} ${host} ${PORT} </dev/null; fi)"`;

/** Pods that try out what only pods can: two that answer and two that ask, on different nodes where there are several. */
const SERVERS = ['server', 'open'];
const CLIENTS = ['client', 'caged'];
const ROLE = 'role';

const apart = {
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          podAffinityTerm: {
            topologyKey: 'kubernetes.io/hostname',
            labelSelector: { matchLabels: { [ROLE]: 'server' } },
          },
        },
      ],
    },
  },
};

/** Starts those pods of the first of these images that has what they need. @returns that image */
export async function startPods(
  trial: Trial,
  images: readonly (Image & { spec: object })[],
): Promise<Image | undefined> {
  for (const image of images) {
    const pods = [
      ...SERVERS.map((name) =>
        trial.pod(name, { ...image, command: ['sh', '-c', SERVE], labels: { [ROLE]: 'server' } }),
      ),
      ...CLIENTS.map((name) =>
        trial.pod(name, { ...image, command: ['sleep', '600'], spec: { ...image.spec, ...apart } }),
      ),
    ];
    await trial.apply(...pods);
    if (await trial.run([...SERVERS, ...CLIENTS])) return image;
    await trial.kubectl.run(['delete', 'pods', '--all', '--now', '--namespace', trial.namespace]);
  }
  return undefined;
}

/** One denies a server all that comes in, the other one a client all that goes out. */
const policies = (namespace: string): KubeObject[] =>
  (
    [
      ['server', 'Ingress'],
      ['caged', 'Egress'],
    ] as const
  ).map(([app, type]) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `deny-${app}`, namespace },
    spec: { podSelector: { matchLabels: { app } }, policyTypes: [type] },
  }));

export async function dnsFinding(trial: Trial, { pods, addresses }: Dns): Promise<Finding> {
  const found = await within(
    trial.limits.name,
    async () => (await trial.shell('client', `timeout 5 getent hosts ${KNOWN_NAME}`)) === 0,
  );
  if (found) return good('DNS', 'names of Services are found');
  const where = [...pods.map(lookAt), ...addresses.map((address) => `the resolver ${address}`)].join('; ');
  return bad('DNS', `${KNOWN_NAME} is not found`, `see that the cluster's DNS answers (${where})`);
}

/** Whether policies are enforced, which the API server accepts in any case: denied connections must fail, others not. */
export async function policyFinding(trial: Trial): Promise<Finding> {
  const pods = new Map((await trial.pods()).map((pod) => [pod.metadata.name, pod]));
  const reaches = async (from: string, to: string) =>
    (await trial.shell(from, connect(pods.get(to).status.podIP))) === 0;
  const start = trial.limits.start;
  const isOpen = async () => (await reaches('client', 'server')) && (await reaches('caged', 'open'));
  if (!(await within(start, isOpen)))
    return bad('network', 'one pod does not reach another', "see that the cluster's network plugin runs on every node");
  await trial.apply(...policies(trial.namespace));
  const isDenied = (from: string, to: string) => within(trial.limits.policy, async () => !(await reaches(from, to)));
  const leaks = [
    ...((await isDenied('client', 'server')) ? [] : ['in (ingress)']),
    ...((await isDenied('caged', 'open')) ? [] : ['out (egress)']),
  ];
  const what = 'network policies';
  if (leaks.length > 0)
    return bad(
      what,
      `a denied connection went through, ${leaks.join(' and ')}: nothing keeps environments apart, or from private networks`,
      'take a network plugin that enforces NetworkPolicies, such as Calico or Cilium (kind from 0.24 on has one), and see that no policy of its own lets all through',
    );
  // A network that broke just then denies everything.
  if (!(await reaches('client', 'open')))
    return bad(
      'network',
      'an allowed connection failed once another one was denied',
      "see what the cluster's network plugin makes of policies",
    );
  const nodes = new Set([...pods.values()].map(({ spec }) => spec.nodeName));
  return good(
    what,
    `allowed connections went through, denied ones did not, in and out, ${nodes.size > 1 ? 'between nodes' : 'on one node'}`,
  );
}

/** Whether a privileged pod is refused where it has to be. */
export async function podSecurityFinding(trial: Trial): Promise<Finding> {
  const what = 'Pod Security';
  const input = JSON.stringify(
    trial.pod('privileged', { image: 'any', pullSecrets: [], command: ['true'], privileged: true }),
  );
  const { exitCode } = await trial.kubectl.run(['apply', '--dry-run=server', '--filename', '-'], { input });
  return exitCode !== 0
    ? good(what, 'a privileged pod is refused where it has to be')
    : bad(
        what,
        'a privileged pod is let into a namespace that is "restricted"',
        'enable the admission plugin PodSecurity',
      );
}
