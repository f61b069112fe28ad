import { CERTIFICATE } from '../helpers/cases';

/** A text of platform.yaml, and all of its problems; "…" stands for anything. */
export type Refused = [title: string, text: string, ...problems: string[]];

export const users = (...lines: string[]) =>
  ['environments:', '  users:', ...lines.map((line) => `    ${line}`)].join('\n');
export const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl a@example.com';
/** For tests alone: nobody kept its key. */
const SIGNING_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBQjCB9aADAgECAhRU68IOPayoNWOlMcNNUyx77jYmTzAFBgMrZXAwFzEVMBMG
A1UEAwwMdmF1bHQtYmFja3VwMB4XDTI2MTEyNTExMDUwNVoXDTM2MTEyMjExMDUw
NVowFzEVMBMGA1UEAwwMdmF1bHQtYmFja3VwMCowBQYDK2VwAyEAKWbiPfUxih+d
VHzUbbCpNwSg0T4bjsWNC0L1BfiHxwujUzBRMB0GA1UdDgQWBBS24P0La3bCuqju
i9yO2h0D3b0SFzAfBgNVHSMEGDAWgBS24P0La3bCuqjui9yO2h0D3b0SFzAPBgNV
HRMBAf8EBTADAQH/MAUGAytlcANBALq3zKaP/koQjNu6W3/Bw5lsXjiIjX/1wAeS
t4vn6scSh55ODclGfvCCFpbqh37xYT+iogjVkeB//RqGIxAcAwc=
-----END CERTIFICATE-----
`;
const longest = 'u'.repeat(45);

/** Keys and values that are wrong by themselves. */
export const refusedValues: Refused[] = [
  [
    'a misspelt key',
    'profil: kind',
    'platform.yaml:1:1: profil: unknown key: did you mean profile? (allowed: profile, …',
  ],
  [
    'a misspelt key inside',
    'vault:\n  replica: 3',
    'platform.yaml:2:3: vault.replica: unknown key: did you mean replicas? (allowed: enabled, …',
  ],
  [
    'a key like nothing',
    'network: {xyzzy: 1}',
    'platform.yaml:1:11: network.xyzzy: unknown key (allowed: openPorts, egress, kubernetesApi, dns)',
  ],
  [
    'a wrong choice',
    'profile: openshit',
    'platform.yaml:1:1: profile: given "openshit", must be kind, standard or openshift: did you mean openshift?',
  ],
  [
    'a number in quotes',
    'boundary: {workers: "2"}',
    'platform.yaml:1:12: boundary.workers: given "2", must be a number: leave out the quotes',
  ],
  [
    'a time of day by half',
    'environments: {schedule: {from: 8:00, to: 19}}',
    '…environments.schedule.from: given "8:00", must be a time of day from 00:00 to 23:59: did you mean 08:00?',
    '…environments.schedule.to: given 19, must be a time of day from 00:00 to 23:59: did you mean 19:00?',
  ],
  [
    'a time zone by another spelling',
    'environments: {schedule: {from: 08:00, to: 19:00, timeZone: europe/berlin}}',
    '…schedule.timeZone: given "europe/berlin", must be the name of a time zone, such as Europe/Berlin or Etc/UTC: did you mean Europe/Berlin?',
  ],
  [
    'an offset for a time zone',
    'environments: {schedule: {from: 08:00, to: 19:00, timeZone: "+01:00"}}',
    '…schedule.timeZone: given "+01:00", must be the name of a time zone, such as Europe/Berlin or Etc/UTC',
  ],
  [
    'a day by its long name',
    'environments: {schedule: {from: 08:00, to: 19:00, days: [monday]}}',
    '…schedule.days[0]: given "monday", must be mon, tue, wed, thu, fri, sat or sun',
  ],
  [
    'a day twice',
    'environments: {schedule: {from: 08:00, to: 19:00, days: [mon, tue, tue]}}',
    '…schedule.days[2]: is taken by item 2',
  ],
  [
    'no day at all',
    'environments: {schedule: {from: 08:00, to: 19:00, days: []}}',
    '…schedule.days: given a list, must name a day at least; leave environments.schedule out for no hours',
  ],
  [
    'a warning that no kubelet brings in time',
    'environments: {schedule: {from: 08:00, to: 19:00, warning: 30s}}',
    '…schedule.warning: given "30s", must be from 2m to 12h',
  ],
  [
    "a user's own hours",
    'environments: {users: {bob: {schedule: {from: 08:00}}}}',
    '…bob.schedule: given a map, must be false',
  ],
  [
    'one address for two workers, which each answer for themselves',
    'access: {loadBalancerAddresses: {boundaryWorker: [192.0.2.1, 192.0.2.1]}}',
    '…access.loadBalancerAddresses.boundaryWorker[1]: is taken by item 1',
  ],
  ['a fraction', 'boundary: {workers: 1.5}', '…given 1.5, must be a whole number'],
  ['text for a list', `environments: {sshKeys: ${KEY}}`, '…environments.sshKeys: given "ssh-ed25519…, must be a list'],
  ['a list for a map', 'vault: [1]', '…vault: given a list, must be a map (its keys: enabled, replicas, …)'],
  [
    'a variable of several lines',
    'environments: {env: {A: "one\\ntwo"}}',
    '…env.A: given "one\\ntwo", must be one line, without control characters: mount longer texts as a volume (environments.volumes)',
  ],
  [
    'a variable of the platform',
    'environments: {users: {bob: {env: {HOME: /root}}}}',
    '…bob.env.HOME: is set by the platform: choose another name',
  ],
  [
    "an annotation that is another setting's",
    'environments: {annotations: {karpenter.sh/do-not-disrupt: "true"}}',
    '…annotations["karpenter.sh/do-not-disrupt"]: is set by the platform: use safeToEvict',
  ],
  ...(
    [
      ['container.apparmor.security.beta.kubernetes.io/devenv', 'use podSecurity'],
      ['seccomp.security.alpha.kubernetes.io/pod', 'use podSecurity'],
      ['kubectl.kubernetes.io/default-container', 'leave it out'],
    ] as const
  ).map(
    ([key, mend]): Refused => [
      `the annotation of a pod ${key}`,
      `environments: {users: {a: {annotations: {${key}: unconfined}}}}`,
      `…a.annotations["${key}"]: is set by the platform: ${mend}`,
    ],
  ),
  ['a number for text', 'environments: {env: {A: 1}}', '…env.A: given 1, must be text: put it in quotes'],
  ['text for a boolean', 'web: {enabled: "true"}', '…given "true", must be true or false: leave out the quotes'],
  ['too few', 'boundary: {workers: 0}', '…given 0, must be at least 1'],
  [
    'a required key that is absent',
    'oidc: {issuer: https://id.example.com}',
    'platform.yaml:1:1: oidc.clientId: is missing: must be text',
  ],
  [
    'a name in capitals',
    users('Alice Smith: {}'),
    'platform.yaml:3:5: environments.users["Alice Smith"]: must be a DNS label (a-z, 0-9 and - inside): did you mean alice-smith?',
  ],
  [
    'a name too long once derived',
    users(`${longest}u: {}`),
    '…must be at most 45 characters long, not 46: its StatefulSet devenv-NAME has to fit into 52',
  ],
  [
    'a namespace that is no label',
    'namespaces: {vault: my_vault}',
    '…given "my_vault", must be a DNS label (a-z, 0-9 and - inside): did you mean my-vault?',
  ],
  [
    'a quantity in GB',
    'vault:\n  storage: 10GB',
    'platform.yaml:2:3: vault.storage: given "10GB", must be a size such as 512Mi or 10Gi: did you mean 10G or 10Gi?',
  ],
  [
    'a quantity without a unit',
    'vault: {storage: 10}',
    '…given 10, must be at least 1Mi (a number without a unit counts bytes): did you mean 10Mi or 10Gi?',
  ],
  [
    'cores in memory',
    'environments: {resources: {limits: {cpu: 4Gi}}}',
    '…given "4Gi", must be a number of cores such as 500m, 0.5 or 2',
  ],
  [
    'a duration without a unit',
    'secrets: {refreshInterval: 30}',
    '…given 30, must be a duration such as 30s, 5m or 1h30m: did you mean 30s?',
  ],
  ...(
    [
      ['1d', ': did you mean 24h?'],
      ['2 weeks', ': did you mean 336h?'],
      ['1H', ': did you mean 1h?'],
      ['1h 30M', ': did you mean 1h30m?'],
      ['45', ': did you mean 45s?'],
      ['PT1H', ''],
      ['1µs', ''],
    ] as const
  ).map(
    ([text, mend]): Refused => [
      `the duration ${text}`,
      `secrets: {refreshInterval: "${text}"}`,
      `…refreshInterval: given "${text}", must be a duration such as 30s, 5m or 1h30m${mend}`,
    ],
  ),
  [
    'a duration that would become a second',
    'secrets: {refreshInterval: 900ms}',
    '…given "900ms", must be from 1s to 8760h',
  ],
  [
    'durations that are more than programs count',
    'secrets: {refreshInterval: 99999999999h}\nvault: {engines: {terraform: {teamId: team-1, ttl: 99999999999h}}}',
    '…secrets.refreshInterval: given "99999999999h", must be from 1s to 8760h',
    '…vault.engines.terraform.ttl: given "99999999999h", must be from 10s to 8760h',
  ],
  [
    'a part of a thousandth of a core',
    'environments: {resources: {limits: {cpu: 1.5m}, requests: {cpu: 0.0001}}}',
    '…limits.cpu: given "1.5m", must be whole thousandths: did you mean 2m?',
    '…requests.cpu: given 0.0001, must be from 1m to 1024 cores',
  ],
  [
    'host bits in a CIDR',
    'network: {kubernetesApi: [10.1.2.3/8]}',
    '…network.kubernetesApi[0]: given "10.1.2.3/8", must be a network, not an address in it: did you mean 10.0.0.0/8 or 10.1.2.3/32?',
  ],
  [
    'host bits in an IPv6 CIDR',
    'network: {kubernetesApi: ["fd00:1::5/32"]}',
    '…did you mean fd00:1::/32 or fd00:1::5/128?',
  ],
  [
    "a host name in the API server's addresses",
    'network: {kubernetesApi: {addresses: [api.example.com]}}',
    '…network.kubernetesApi.addresses[0]: given "api.example.com", must be a network such as 10.0.0.0/8 or fd00::/8',
  ],
  [
    'a port that is none',
    'network: {kubernetesApi: {ports: [70000]}}',
    '…network.kubernetesApi.ports[0]: given 70000, must be at most 65535',
  ],
  [
    "an unknown key of the API server's",
    'network: {kubernetesApi: {port: 8443}}',
    '…network.kubernetesApi.port: unknown key: did you mean ports? (allowed: addresses, ports)',
  ],
  [
    'an API server that is neither list nor map',
    'network: {kubernetesApi: 10.0.0.1/32}',
    '…network.kubernetesApi: given "10.0.0.1/32", must be a list of networks such as [10.0.0.1/32], or a map with addresses and ports',
  ],
  [
    'a resolver by name',
    'network: {dns: {addresses: [dns.example.com]}}',
    '…network.dns.addresses[0]: given "dns.example.com", must be an address such as 169.254.20.10 or fd00::a, or a network',
  ],
  [
    'a resolver with a zone',
    'network: {dns: {addresses: ["fe80::1%eth0"]}}',
    '…network.dns.addresses[0]: given "fe80::1%eth0", must be an address such as 169.254.20.10 or fd00::a, or a network',
  ],
  [
    'an address with a zone, which is of one machine',
    'access: {nodeAddress: "fe80::1%eth0"}',
    '…access.nodeAddress: given "fe80::1%eth0", must be a host name or an IP address, without scheme and port',
  ],
  [
    'a class of load balancers that is a sentence',
    'access: {loadBalancerClass: "the internal one"}',
    '…access.loadBalancerClass: given "the internal one", must be the name of a class, such as service.k8s.aws/nlb',
  ],
  [
    'a source that is no network',
    'access: {sources: [office.example.com]}',
    '…access.sources[0]: given "office.example.com", must be a network such as 10.0.0.0/8 or fd00::/8',
  ],
  ['a CIDR without its prefix', 'network: {egress: {deny: [10.0.0.1]}}', '…did you mean 10.0.0.1/32?'],
  [
    'a network of IPv4 in IPv6, which no packet has',
    'network: {egress: {deny: ["::ffff:10.0.0.0/104"]}}',
    '…must be written as what it is: did you mean 10.0.0.0/8?',
  ],
  ['a prefix too long', 'network: {egress: {deny: [10.0.0.0/33]}}', '…must end in a prefix of 0 to 32 bits'],
  ['an image in capitals', 'images: {devenv: Team/Devenv:1}', '…its path is lower-case'],
  ['an image with a scheme', 'images: {devenv: https://example.com/a:1}', '…leave out the scheme'],
  [
    'a schedule of too few fields',
    'vault: {backup: {schedule: "0 3 * *"}}',
    '…vault.backup.schedule: given "0 3 * *", must have five fields as cron has them (minute, hour, day of the month, month, day of the week), such as "0 3 * * *" for every day at 03:00 UTC',
  ],
  [
    'a schedule in words',
    'vault: {backup: {schedule: daily}}',
    '…given "daily", must have five fields as cron has them…',
  ],
  [
    'a schedule of another cron',
    'vault: {backup: {schedule: "@reboot"}}',
    '…given "@reboot", must be one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually',
  ],
  [
    'an hour that no day has',
    'vault: {backup: {schedule: "0 24 * * *"}}',
    '…given "0 24 * * *", must have for the hour * or 0 to 23, with lists (1,2), ranges (1-5) and steps (*/5), not "24", such as …',
  ],
  [
    'a seventh day of the week',
    'vault: {backup: {schedule: "0 3 * * 7"}}',
    '…must have for the day of the week * or 0 to 6 or SUN to SAT, …, not "7", …',
  ],
  ['a range backwards', 'vault: {backup: {schedule: "0 5-3 * * *"}}', '…, not "5-3", …'],
  ['a step of nothing', 'vault: {backup: {schedule: "*/0 * * * *"}}', '…, not "*/0", …'],
  [
    'a day that never comes',
    'vault: {backup: {schedule: "0 3 30 FEB *"}}',
    '…given "0 3 30 FEB *", must name a day that comes, such as "0 3 * * *" for every day at 03:00 UTC',
  ],
  ['no snapshot kept', 'vault: {backup: {retention: 0}}', '…vault.backup.retention: given 0, …'],
  [
    'a certificate that is none',
    'vault: {backup: {encryption: {certificate: age1qqqqqqqq}}}',
    '…vault.backup.encryption.certificate: given "age1qqqqqqqq", must be one X.509 certificate in PEM, as this makes it: openssl req -x509 …',
  ],
  [
    'a certificate that is cut off',
    `vault: {backup: {encryption: {certificate: ${JSON.stringify(CERTIFICATE.replace(/\n.*\n-----END/, '\n-----END'))}}}}`,
    '…must be a whole certificate: what it holds is damaged or cut off',
  ],
  [
    'a certificate whose key can only sign',
    `vault: {backup: {encryption: {certificate: ${JSON.stringify(SIGNING_CERTIFICATE)}}}}`,
    '…has a key of type ed25519, which nothing can be encrypted to: use RSA or EC',
  ],
  [
    'a volume in a bucket',
    'vault: {backup: {target: {type: s3, endpoint: https://s3.example.com, bucket: backups, size: 5Gi}}}',
    '…vault.backup.target.size: unknown key…',
  ],
  [
    'a bucket without its server',
    'vault: {backup: {target: {type: s3, bucket: backups}}}',
    '…vault.backup.target.endpoint: is missing: must be text',
  ],
  [
    "a bucket's name with capitals",
    'vault: {backup: {target: {type: s3, endpoint: https://s3.example.com, bucket: Backups}}}',
    '…given "Backups", must be a bucket\'s name: 3 to 63 of a-z, 0-9, dots and hyphens',
  ],
  [
    'a prefix that begins with a slash',
    'vault: {backup: {target: {type: s3, endpoint: https://s3.example.com, bucket: backups, prefix: /vault}}}',
    '…given "/vault", must be the beginning of a name such as vault/ (letters, digits, _ . - and / inside)',
  ],
  [
    'a server of another protocol',
    'vault: {backup: {target: {type: s3, endpoint: "s3://backups", bucket: backups}}}',
    '…given "s3://backups", must be a URL such as https://example.com',
  ],
  [
    'node ports past the last one',
    'boundary: {workers: 3}\naccess: {nodePorts: {boundaryWorker: 32766}}',
    '…access.nodePorts.boundaryWorker: leaves too few ports for 3 workers: node ports end at 32767',
  ],
  [
    'node ports of which one is in the way of others',
    'boundary: {workers: 3}\naccess: {nodePorts: {boundaryWorker: 30818}}',
    '…access.nodePorts.boundaryWorker: is the port of access.nodePorts.vault too: each needs its own',
  ],
];
