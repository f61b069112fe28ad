import fc from 'fast-check';
import { ConfigError, type PlatformConfig, parsePlatform } from '../../lib/config';
import { STANDARD } from '../helpers/cases';
import { find, ofKind } from '../helpers/objects';
import { PGP_KEY } from '../helpers/pgp';
import { inside, type Party, passes } from '../helpers/routes';
import { type Synthesized, synth, synthConfig } from '../helpers/synth';

const WIDTH = { 4: 32, 6: 128 } as const;
type Version = keyof typeof WIDTH;

const text = (version: Version, bits: bigint) =>
  version === 4
    ? [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.')
    : [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((bits >> shift) & 0xffffn).toString(16)).join(':');

interface Network {
  readonly cidr: string;
  /** Its first and its last address, and one between. */
  readonly addresses: readonly string[];
}

/** Networks that often overlap: few bits are set. */
const networks = (version: Version): fc.Arbitrary<Network> =>
  fc
    .tuple(
      fc.constantFrom(...(version === 4 ? [0, 7, 8, 9, 10, 12, 16, 24, 31, 32] : [0, 7, 8, 16, 32, 33, 64, 127, 128])),
      fc.constantFrom(...(version === 4 ? [0x0a, 0x0b, 0xc0, 0xcb] : [0xfd, 0xfc, 0x20, 0x26]).map(BigInt)),
      fc.constantFrom(0n, 1n, 2n, 128n, 255n),
      fc.bigInt(0n, 2n ** 128n - 1n),
    )
    .map(([prefix, first, second, between]) => {
      const width = BigInt(WIDTH[version]);
      const rest = width - BigInt(prefix);
      const network = ((((first << 8n) | second) << (width - 16n)) >> rest) << rest;
      const last = (1n << rest) - 1n;
      const addresses = [network, network + last, network + (between & last)].map((bits) => text(version, bits));
      return { cidr: `${text(version, network)}/${prefix}`, addresses };
    });

const network = fc.oneof(networks(4), networks(6));
const settings = fc.record({
  internet: fc.boolean(),
  allow: fc.uniqueArray(network, { maxLength: 4, selector: ({ cidr }) => cidr }),
  deny: fc.uniqueArray(network, { maxLength: 4, selector: ({ cidr }) => cidr }),
});

/** Whether an environment reaches an address. */
const environmentOf = ({ config, objects }: Pick<Synthesized, 'config' | 'objects'>) => {
  const { namespace = '', labels = {} } = find(objects, 'StatefulSet', 'devenv').spec.template.metadata;
  const self: Party = {
    kind: 'pod',
    namespace: namespace || config.namespaces.environments,
    labels,
    address: '10.244.0.9',
  };
  return (address: string, port = 443) =>
    passes(objects, { from: self, to: { kind: 'outside', address }, port }, 'calico');
};

const alone = { vault: { enabled: false }, boundary: { enabled: false } };

/** The configuration, or undefined where it is refused in words. */
function accepted(egress: object): PlatformConfig | undefined {
  try {
    return parsePlatform([{ name: 'platform.yaml', text: JSON.stringify({ ...alone, network: { egress } }) }], {})
      .config;
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

// SECURITY.md: "network.egress.allow opens a network, and network.egress.deny closes one"
test('no allow rule opens a denied network, and each opens the rest of its own', () => {
  let seen = 0;
  const property = fc.property(settings, ({ internet, allow, deny }) => {
    const config = accepted({
      internet,
      allow: allow.map(({ cidr }) => ({ to: cidr })),
      deny: deny.map(({ cidr }) => cidr),
    });
    const isDenied = (address: string) => deny.some(({ cidr }) => inside(address, cidr));
    if (!config) {
      const whole = allow.some(({ addresses: [first, last] }) =>
        deny.some(({ cidr }) => inside(first, cidr) && inside(last, cidr)),
      );
      expect(whole || (internet && deny.filter(({ cidr }) => cidr.endsWith('/0')).length > 1)).toBe(true);
      return;
    }
    seen++;
    const reaches = environmentOf(synthConfig(config));
    for (const address of deny.flatMap(({ addresses }) => addresses))
      expect([address, reaches(address)]).toEqual([address, false]);
    for (const address of allow.flatMap(({ addresses }) => addresses))
      expect([address, reaches(address)]).toEqual([address, !isDenied(address)]);
  });
  fc.assert(property, { numRuns: 300, seed: Number(process.env.SEED ?? 4) });
  expect(seen).toBeGreaterThan(100);
});

// SECURITY.md: "network.egress.allow opens a network, and network.egress.deny closes one"
test('every except lies in its network and is no more than it has to be, as the API server wants it', () => {
  const { objects } = synth(`network:
  egress: {allow: [{to: 10.0.0.0/8}, {to: 0.0.0.0/0, ports: [443]}], deny: [10.96.0.0/12, 10.97.0.0/16, "fd00:1::/32"]}`);
  const blocks = ofKind(objects, 'NetworkPolicy')
    .filter(({ metadata }) => /^environments-to-network/.test(metadata.name))
    .flatMap(({ spec }) => spec.egress[0].to.map(({ ipBlock }: any) => ipBlock));
  expect(blocks).toEqual([
    { cidr: '10.0.0.0/8', except: ['10.96.0.0/12'] },
    { cidr: '0.0.0.0/0', except: ['10.96.0.0/12'] },
  ]);
});

describe('the internet', () => {
  const OWN = `${STANDARD}
network: {kubernetesApi: [203.0.113.10/32, "2001:db8:1::1/128"]}
vault:
  seal: {type: transit, address: "https://203.0.113.20:8200", keyName: k, tokenSecret: t}
  recovery: {pgpKeys: [${PGP_KEY}]}
  backup: {enabled: false, target: {type: s3, endpoint: "https://203.0.113.21", bucket: backups}}
boundary: {database: {externalUrl: "postgresql://b@[2001:db8:1::2]/b"}}
access:
  mode: loadBalancer
  nodeAddress: 203.0.113.30
  loadBalancerAddresses:
    {vault: 203.0.113.40, boundary: "2001:db8:1::3", boundaryWorker: [203.0.113.41, 203.0.113.42], keycloak: id.example.com, web: {devenv-0: 203.0.113.43}}`;
  const made = new Map<string, ReturnType<typeof environmentOf>>();
  const reaches = (yaml: string) => {
    const known = made.get(yaml) ?? environmentOf(synth(yaml));
    made.set(yaml, known);
    return known;
  };

  // SECURITY.md: ""The internet" never includes private, shared, link-local"
  test.each([
    '203.0.113.10',
    '203.0.113.20',
    '203.0.113.21',
    '203.0.113.30',
    '203.0.113.40',
    '203.0.113.41',
    '203.0.113.42',
    '203.0.113.43',
    '2001:db8:1::1',
    '2001:db8:1::2',
    '2001:db8:1::3',
  ])("does not mean the platform's own address %s", (address) => {
    expect(reaches(OWN)(address)).toBe(false);
  });

  // SECURITY.md: ""The internet" never includes private, shared, link-local"
  test.each([
    '0.0.0.1',
    '10.0.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '168.63.129.16',
    '169.254.169.254',
    '172.31.0.1',
    '192.0.0.192',
    '192.168.0.1',
    '198.19.0.1',
    '224.0.0.251',
    '255.255.255.255',
    '64:ff9b::a9fe:a9fe',
    'fd00:ec2::254',
    'fe80::a9fe:a9fe',
    'ff02::1',
  ])('does not mean the metadata or reserved address %s', (address) => {
    expect(reaches('profile: kind')(address)).toBe(false);
  });

  test.each(['1.1.1.1', '203.0.113.9', '2606:4700:4700::1111', '168.63.129.17'])('means %s', (address) => {
    expect([reaches('profile: kind')(address), reaches(OWN)(address)]).toEqual([true, true]);
  });

  // SECURITY.md: "Where pods have IPv6 alone, the way to IPv4 goes by NAT64 addresses, which are closed"
  test('does not mean that of IPv4 by NAT64, which is allowed without the private part', () => {
    const [ofAnybody, ofMine] = ['64:ff9b::101:101', '64:ff9b::a01:203'];
    expect([ofAnybody, ofMine].map((address) => reaches('profile: kind')(address))).toEqual([false, false]);
    const opened = reaches('network: {egress: {allow: [{to: "64:ff9b::/96"}], deny: ["64:ff9b::a00:0/104"]}}');
    expect([ofAnybody, ofMine].map((address) => opened(address))).toEqual([true, false]);
  });

  test('stays open where the route to the API server may lead anywhere', () => {
    expect(reaches('network: {kubernetesApi: [0.0.0.0/0]}')('1.1.1.1')).toBe(true);
  });

  test('in one family alone, where the other one is denied', () => {
    const open = reaches('network: {egress: {deny: ["::/0"]}}');
    expect([open('1.1.1.1'), open('2606:4700:4700::1111')]).toEqual([true, false]);
  });
});
