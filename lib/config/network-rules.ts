import { contains, METADATA } from '../../constructs/core/rules/networks';
import { clash, path, type Rule, when } from './contradiction';
import { valueAt } from './layers';

const WHOLE = ['0.0.0.0/0', '::/0'];

/** The annotations by which GKE tells pods who they are, by the server of the node's for metadata. */
const GOOGLE_IDENTITY = 'iam.gke.io/';

/** Annotations of Ingresses and Routes that say who may call, as access.sources does. */
const SOURCE_LISTS =
  /^(nginx\.ingress\.kubernetes\.io\/(white|allow)list-source-range|haproxy\.router\.openshift\.io\/ip_(white|allow)list)$/;

/** What environments may reach and may not, and who may call. */
export const networkRules: Rule[] = [
  ({ network: { egress } }) =>
    egress.allow.flatMap(({ to }, index) => {
      const closed = egress.deny.find((denied) => contains(denied, to));
      return when(closed, () =>
        clash(
          `given "${to}", lies in ${closed}, which network.egress.deny closes: take one of them out`,
          ['network', 'egress', 'allow', index, 'to'],
          'network.egress.deny',
        ),
      );
    }),
  ({ network: { egress }, environments: { users } }, { all }) => {
    const closed = egress.deny.find((denied) => contains(denied, METADATA.ipv4));
    const places = [['environments'], ...Object.keys(users).map((name) => ['environments', 'users', name])];
    return places
      .map((place) => [...place, 'serviceAccountAnnotations'])
      .flatMap((at) => Object.keys(valueAt(all, at) ?? {}).map((key) => [...at, key]))
      .filter((at) => at[at.length - 1].startsWith(GOOGLE_IDENTITY))
      .flatMap((at) =>
        when(closed, () => {
          const message = `needs the node's server of identities, which is in ${closed}, and network.egress.deny closes that: take one of them out`;
          return clash(message, at, 'network.egress.deny');
        }),
      );
  },
  ({ network: { egress } }) =>
    when(egress.internet && WHOLE.every((whole) => egress.deny.some((closed) => contains(closed, whole))), () =>
      clash(
        'leaves nothing of the internet: set network.egress.internet: false instead',
        'network.egress.deny',
        'network.egress.internet',
      ),
    ),
  ({ access: { mode, controllerNamespace } }) =>
    when(controllerNamespace !== undefined && !['ingress', 'gateway', 'route'].includes(mode), () =>
      clash(
        `holds for the modes ingress, gateway and route; with ${mode}, access.sources names who may call: leave it out`,
        'access.controllerNamespace',
        'access.mode',
      ),
    ),
  ({ access }) =>
    (access.sources.length > 0 ? Object.keys(access.annotations) : [])
      .filter((key) => SOURCE_LISTS.test(key))
      .map((key) =>
        clash(
          'contradicts access.sources: name networks there alone',
          [...path('access.annotations'), key],
          'access.sources',
        ),
      ),
];
