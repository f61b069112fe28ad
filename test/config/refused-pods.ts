import { type Refused, users } from './refused-values';

/** What pods get of their node, and which node that is. */
export const refusedPods: Refused[] = [
  [
    'a device that is requested otherwise than it is limited',
    'environments: {resources: {requests: {nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 2}}}',
    '…environments.resources.requests["nvidia.com/gpu"]: is requested 1 times, and 2 is its limit: devices are requested as they are limited, so name it in limits alone',
  ],
  [
    'a device that is requested without a limit',
    users('bob: {resources: {requests: {nvidia.com/gpu: 1}}}'),
    '…users.bob.resources.requests["nvidia.com/gpu"]: is requested 1 times, and nothing is its limit: devices …',
  ],
  ...(
    [
      [
        'nvidia.com/gpu: 0.5',
        '["nvidia.com/gpu"]',
        'given 0.5, must be a whole number such as 1, since devices are not divided: did you mean 1?',
      ],
      [
        'nvidia.com/gpu: 500m',
        '["nvidia.com/gpu"]',
        'given "500m", must be a whole number such as 1, …: did you mean 1?',
      ],
      [
        'nvidia.com/gpu: -1',
        '["nvidia.com/gpu"]',
        'given -1, must be a whole number such as 1, since devices are not divided',
      ],
      ['nvidia.com/gpu: one', '["nvidia.com/gpu"]', 'given "one", must be a whole number such as 1, …'],
      ['nvidia.com/gpu: [1]', '["nvidia.com/gpu"]', 'given a list, must be a number, or a quantity such as 10Gi'],
      [
        'nvidia.com/gpu/a: 1',
        '["nvidia.com/gpu/a"]',
        "is no device's name: must be as nodes have it, such as nvidia.com/gpu",
      ],
      ['"nvidia.com/my gpu": 1', '["nvidia.com/my gpu"]', "is no device's name: …"],
      ['requests.nvidia.com/gpu: 1', '["requests.nvidia.com/gpu"]', "is no device's name: …"],
      ['kubernetes.io/gpu: 1', '["kubernetes.io/gpu"]', "is no device's name: …"],
      [
        'gpu: 1',
        '.gpu',
        'unknown key: did you mean nvidia.com/gpu? (allowed: cpu, memory, ephemeralStorage, and devices by names such as nvidia.com/gpu)',
      ],
      ['memmory: 1.5Gi', '.memmory', 'unknown key: did you mean memory? (allowed: …)'],
    ] as const
  ).flatMap(([device, key, problem]): Refused[] => [
    [
      `the device ${device}`,
      `environments: {resources: {limits: {${device}}}}`,
      `…environments.resources.limits${key}: ${problem}`,
    ],
    [
      `the device ${device} of one user`,
      users(`bob: {resources: {limits: {${device}}}}`),
      `…users.bob.resources.limits${key}: ${problem}`,
    ],
  ]),
  ...(
    [
      ['{operator: Equal, value: x}', 'key', 'is missing: without a key the operator must be Exists'],
      ['{}', 'key', 'is missing: without a key the operator must be Exists'],
      ['{key: a, operator: Exists, value: x}', 'value', 'given "x", must be left out with the operator Exists, …'],
      ['{operator: Exists, value: x}', 'value', 'given "x", must be left out with the operator Exists, …'],
      [
        '{key: a, operator: Exists, effect: NoSchedule, tolerationSeconds: 30}',
        'tolerationSeconds',
        'given 30, must be left out unless effect is NoExecute: other effects end no pod',
      ],
      ['{key: a, operator: Exists, tolerationSeconds: 30}', 'tolerationSeconds', 'given 30, must be left out unless…'],
      ['{key: "my taint", operator: Exists}', 'key', 'given "my taint", must be a key such as team…'],
      ['{key: a, value: "a b"}', 'value', 'given "a b", must be a label value…'],
    ] as const
  ).map(
    ([toleration, key, problem]): Refused => [
      `the toleration ${toleration}`,
      `environments: {tolerations: [${toleration}]}\ninfrastructure: {tolerations: [${toleration}]}`,
      `…environments.tolerations[0].${key}: ${problem}`,
      `…infrastructure.tolerations[0].${key}: ${problem}`,
    ],
  ),
  ...(['environments', 'infrastructure'] as const).map(
    (whose): Refused => [
      `a node that no label can tell, for ${whose}`,
      `${whose}: {nodeSelector: {"node pool": a, pool: "a b"}}`,
      `…${whose}.nodeSelector["node pool"]: must be a key such as team…`,
      `…${whose}.nodeSelector.pool: given "a b", must be a label value…`,
    ],
  ),
  [
    'an account known by no key, or by a number',
    'environments: {serviceAccountAnnotations: {"role arn": a, eks.amazonaws.com/token-expiration: 3600}}',
    '…environments.serviceAccountAnnotations["role arn"]: must be a key such as team…',
    '…serviceAccountAnnotations["eks.amazonaws.com/token-expiration"]: given 3600, must be text: put it in quotes',
  ],
  [
    'a priority in numbers',
    'infrastructure: {priorityClass: 1000}',
    '…infrastructure.priorityClass: given 1000, must be text: put it in quotes',
  ],
  [
    'a PriorityClass that no cluster has',
    'infrastructure: {priorityClass: High Priority}\nenvironments: {priorityClass: High, users: {bob: {priorityClass: a_b}}}',
    '…infrastructure.priorityClass: given "High Priority", must be the name of a Kubernetes object (…): did you mean high-priority?',
    '…environments.priorityClass: given "High", must be the name of a Kubernetes object (…): did you mean high?',
    '…environments.users.bob.priorityClass: given "a_b", must be the name of a Kubernetes object (…): did you mean a-b?',
  ],
  [
    'a StorageClass that no cluster has',
    'environments: {storage: {className: Fast SSD}}\nvault: {storageClassName: Fast}\nstorageClassName: my_class',
    '…environments.storage.className: given "Fast SSD", must be the name of a Kubernetes object (…)…',
    '…vault.storageClassName: given "Fast", must be the name of a Kubernetes object (…): did you mean fast?',
    '…storageClassName: given "my_class", must be the name of a Kubernetes object (…): did you mean my-class?',
  ],
  [
    "a database's StorageClass that no cluster has",
    'boundary: {database: {storageClassName: Fast}}\nkeycloak: {storageClassName: Fast SSD}',
    '…boundary.database.storageClassName: given "Fast", must be the name of a Kubernetes object (…): did you mean fast?',
    '…keycloak.storageClassName: given "Fast SSD", must be the name of a Kubernetes object (…)…',
  ],
];
