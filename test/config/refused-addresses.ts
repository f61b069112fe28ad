import { STANDARD } from '../helpers/cases';
import { PGP_KEY } from '../helpers/pgp';
import type { Refused } from './refused-values';

const issuer = (url: string) => `oidc: {issuer: ${JSON.stringify(url)}, clientId: a, clientSecretName: b}`;
const host = (terraform: string) =>
  `vault: {engines: {terraform: {enabled: true, teamId: team-1, host: ${JSON.stringify(terraform)}}}}`;
const seal = (address: string) =>
  `vault: {recovery: {pgpKeys: [${PGP_KEY}]}, seal: {type: transit, keyName: k, tokenSecret: t, address: "${address}"}}`;
const database = (url: string) => `boundary: {database: {externalUrl: "${url}"}}`;
const TO_ITSELF = 'must be an address that pods reach, too: they would look for this one in themselves';

/** URLs, names and addresses that some program would read otherwise, or not at all. */
export const refusedAddresses: Refused[] = [
  ...(
    [
      ['https:id.example.com', 'https://id.example.com'],
      ['https:/id.example.com', 'https://id.example.com'],
      ['https:\\\\id.example.com', 'https://id.example.com'],
      [' https://id.example.com', 'https://id.example.com'],
      ['https://id.example.com\n', 'https://id.example.com'],
      ['id.example.com', 'https://id.example.com'],
    ] as const
  ).flatMap(([written, meant]): Refused[] => [
    [
      `an issuer written ${JSON.stringify(written)}`,
      issuer(written),
      `…oidc.issuer: given …, must be a URL such as https://example.com: did you mean ${meant}?`,
    ],
    [
      `a host of HCP Terraform written ${JSON.stringify(written)}`,
      host(written),
      `…terraform.host: given …, must be a URL such as https://example.com: did you mean ${meant}?`,
    ],
  ]),
  [
    'a URL with a line end inside',
    issuer('https://id.exam\nple.com'),
    '…oidc.issuer: given …, must be a URL such as https://example.com',
  ],
  [
    'a server by letters that no certificate has',
    issuer('https://täst.example.com'),
    '…must name its server as it is looked up: did you mean xn--tst-qla.example.com for täst.example.com?',
  ],
  ['a server by an address in hexadecimal', host('https://0x0a.0.0.1'), '…did you mean 10.0.0.1 for 0x0a.0.0.1?'],
  [
    'a server by an address of IPv4 in IPv6',
    seal('https://[::ffff:10.0.0.1]:8200'),
    '…did you mean 10.0.0.1 for [::ffff:10.0.0.1]?',
  ],
  [
    'a server at no port',
    issuer('https://id.example.com:0'),
    '…oidc.issuer: given …, must have a port from 1 to 65535',
  ],
  ['a database at no port', database('postgresql://b@db.example.com:0/b'), '…must have a port from 1 to 65535'],
  [
    'a database with blanks around it',
    database(' postgresql://b@db.example.com/b '),
    '…must be a URL such as postgresql://…',
  ],
  ...(['https://localhost:8200', 'https://127.0.0.1:8200', 'https://[::1]:8200', 'https://0.0.0.0'] as const).map(
    (url): Refused => [
      `a Vault that unseals itself at ${url}`,
      seal(url),
      `…vault.seal.address: given …, ${TO_ITSELF}`,
    ],
  ),
  ['a database in the pod itself', database('postgresql://b@localhost/b'), `…externalUrl: given …, ${TO_ITSELF}`],
  [
    'a Vault that unseals itself from outside',
    `${STANDARD}\naccess: {mode: ingress, domain: apps.example.com}\n${seal('https://vault.apps.example.com')}`,
    "…vault.seal.address: is the platform's own Vault, which could never unseal itself: name another one",
  ],
  [
    'a Vault that unseals itself through its load balancer',
    `${STANDARD}\naccess: {loadBalancerAddresses: {vault: 192.0.2.7}}\n${seal('https://192.0.2.7:8200')}`,
    "…vault.seal.address: is the platform's own Vault, which could never unseal itself: name another one",
  ],
  ...(
    [
      ['example.123', ''],
      ['0x7f.0.0.1', ''],
      [`${'a'.repeat(64)}.example.com`, ''],
      ['LB.Example.com', ': did you mean lb.example.com?'],
      ['lb.example.com.', ': did you mean lb.example.com?'],
      ['[2001:db8::1]', ': did you mean 2001:db8::1?'],
      ['::ffff:192.0.2.1', ': did you mean 192.0.2.1?'],
    ] as const
  ).map(
    ([text, mend]): Refused => [
      `the host ${text}`,
      `access: {nodeAddress: "${text}"}`,
      `…nodeAddress: given …, must be a host name or an IP address, without scheme and port${mend}`,
    ],
  ),
  ...(['10.0.0.1', '1.2', '123'] as const).map(
    (text): Refused => [
      `the domain ${text}`,
      `${STANDARD}\naccess: {mode: ingress, domain: "${text}"}`,
      '…access.domain: given …, must be a domain such as sandbox.example.com, at most 180 characters long',
    ],
  ),
  [
    'a domain in capitals',
    `${STANDARD}\naccess: {mode: ingress, domain: Apps.Example.com}`,
    '…at most 180 characters long: did you mean apps.example.com?',
  ],
  [
    'a prefix with a zero before it',
    'network: {kubernetesApi: ["0.0.0.0/00"]}',
    '…must end in a prefix of 0 to 32 bits',
  ],
];
