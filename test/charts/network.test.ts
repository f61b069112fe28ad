import { CASES } from '../helpers/cases';
import { type KubeObject, matches, nameOf, ofKind, podsOf } from '../helpers/objects';
import { synth } from '../helpers/synth';

const NAMESPACE = 'kubernetes.io/metadata.name';

describe.each(Object.entries(CASES))('network of %s', (_title, { text, env }) => {
  const { config, objects } = synth(text, env);
  /** Of pods that are somebody else's, with policies that are theirs. */
  const foreign = [
    config.secrets.externalSecrets.namespace,
    ...(config.secrets.operator.install ? [] : [config.namespaces.secretsOperator]),
  ];
  const namespaces = ofKind(objects, 'Namespace').map(({ metadata }) => metadata.name);
  const policies = ofKind(objects, 'NetworkPolicy');
  const pods = podsOf(objects);
  const selected = (namespace: string | undefined, labels: Record<string, string> = {}) =>
    pods.filter((pod) => pod.namespace === namespace && matches(labels, pod.labels));
  const relations = policies.filter(({ metadata }) => !['default-deny', 'allow-dns'].includes(metadata.name));
  const rulesOf = ({ spec }: KubeObject): any[] => spec.ingress ?? spec.egress;
  const peersOf = (policy: KubeObject): any[] => rulesOf(policy).flatMap((rule) => rule.from ?? rule.to ?? []);
  const podPeers = (policy: KubeObject) => peersOf(policy).filter(({ podSelector }) => podSelector);

  // SECURITY.md: "Every namespace of the platform denies all traffic in both directions"
  test('every namespace denies both directions and opens DNS', () => {
    const own = (name: string) => policies.filter((p) => p.metadata.namespace === name);
    for (const namespace of namespaces) {
      const [deny] = own(namespace).filter(({ metadata }) => metadata.name === 'default-deny');
      expect(deny.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
      const [dns] = own(namespace).filter(({ metadata }) => metadata.name === 'allow-dns');
      const { namespace: dnsNamespace, podLabels, port } = config.network.dns;
      expect(dns.spec).toEqual({
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [
          {
            to: [
              {
                namespaceSelector: { matchLabels: { [NAMESPACE]: dnsNamespace } },
                podSelector: { matchLabels: podLabels },
              },
            ],
            ports: [
              { protocol: 'UDP', port },
              { protocol: 'TCP', port },
            ],
          },
        ],
      });
    }
  });

  test('every object stands in a namespace of the platform', () => {
    const strangers = objects.filter(({ metadata }) => metadata.namespace && !namespaces.includes(metadata.namespace));
    expect(strangers.map(nameOf)).toEqual([]);
  });

  test('every other policy opens one direction, for pods that exist', () => {
    for (const policy of relations) {
      expect(policy.spec.policyTypes).toEqual([policy.spec.egress ? 'Egress' : 'Ingress']);
      expect(rulesOf(policy)).toHaveLength(1);
      const { namespace } = policy.metadata;
      expect([nameOf(policy), selected(namespace, policy.spec.podSelector.matchLabels).length]).not.toContain(0);
    }
  });

  // SECURITY.md: "Namespaces are selected by kubernetes.io/metadata.name"
  test('names its peers by a namespace and labels that are those of pods', () => {
    for (const policy of relations) {
      for (const { namespaceSelector, podSelector } of podPeers(policy)) {
        expect(Object.keys(namespaceSelector.matchLabels)).toEqual([NAMESPACE]);
        if (foreign.includes(namespaceSelector.matchLabels[NAMESPACE])) continue;
        const found = selected(namespaceSelector.matchLabels[NAMESPACE], podSelector.matchLabels);
        expect([nameOf(policy), found.length]).not.toContain(0);
      }
    }
  });

  // SECURITY.md: "Each other route is a relation, with a policy on either side."
  test('each way between pods is open at both ends, on the same ports', () => {
    const ways = relations.flatMap((policy) => {
      const here = { namespace: policy.metadata.namespace, labels: policy.spec.podSelector.matchLabels };
      const { ports } = rulesOf(policy)[0];
      const ours = podPeers(policy).filter((p) => !foreign.includes(p.namespaceSelector.matchLabels[NAMESPACE]));
      return ours.map(({ namespaceSelector, podSelector }) => {
        const there = { namespace: namespaceSelector.matchLabels[NAMESPACE], labels: podSelector.matchLabels };
        const [from, to] = policy.spec.egress ? [here, there] : [there, here];
        return { direction: policy.spec.policyTypes[0], way: JSON.stringify({ from, to, ports }) };
      });
    });
    const of = (direction: string) => ways.filter((w) => w.direction === direction).map(({ way }) => way);
    expect(of('Ingress').sort()).toEqual(of('Egress').sort());
  });

  test('no policy opens environments to each other', () => {
    const { environments } = config.namespaces;
    const inside = relations.filter(
      (policy) =>
        policy.metadata.namespace === environments &&
        podPeers(policy).some((p) => p.namespaceSelector.matchLabels[NAMESPACE] === environments),
    );
    expect(inside.map(nameOf)).toEqual([]);
  });

  // SECURITY.md: "someone in an environment, person or agent | Can: everything inside the pod; the internet"
  test('environments reach public addresses alone, and only where the configuration lets them', () => {
    const { internet, allow } = config.network.egress;
    const outside = relations
      .filter(({ metadata, spec }) => metadata.namespace === config.namespaces.environments && spec.egress)
      .flatMap((policy) => peersOf(policy))
      .flatMap(({ ipBlock }) => ipBlock ?? []);
    const blocks = outside.map(({ cidr }) => cidr);
    expect(blocks).toEqual([...(internet ? ['0.0.0.0/0', '::/0'] : []), ...allow.map(({ to }) => to)]);
  });

  test('every Service leads to pods that listen', () => {
    for (const service of ofKind(objects, 'Service')) {
      const { selector, ports } = service.spec;
      const behind = selected(service.metadata.namespace, selector);
      expect([nameOf(service), behind.length]).not.toContain(0);
      for (const { targetPort } of ports) expect(behind.every((pod) => pod.ports.includes(targetPort))).toBe(true);
    }
  });

  test('every StatefulSet has the headless Service that it names', () => {
    for (const { metadata, spec } of ofKind(objects, 'StatefulSet')) {
      const services = ofKind(objects, 'Service').filter(
        (s) => s.metadata.namespace === metadata.namespace && s.metadata.name === spec.serviceName,
      );
      expect([spec.serviceName, services.map((s) => s.spec.clusterIP)]).toEqual([spec.serviceName, ['None']]);
      expect(matches(services[0].spec.selector, spec.template.metadata.labels)).toBe(true);
    }
  });
});
