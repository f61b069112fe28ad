/** Effects that a taint may have. */
export const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;

/** A toleration as far as one field of it says something of another. */
interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number;
}

/** A field that contradicts another one, and what it must be. */
export interface TolerationFault {
  readonly field: 'key' | 'value' | 'tolerationSeconds';
  readonly must: string;
}

/** What the API server refuses between the fields of a toleration. */
export function tolerationFaults({ key, operator = 'Equal', value, effect, tolerationSeconds }: Toleration) {
  const faults: [wrong: boolean, field: TolerationFault['field'], must: string][] = [
    [
      operator === 'Exists' && Boolean(value),
      'value',
      'must be left out with the operator Exists, which looks at the key alone',
    ],
    [operator === 'Equal' && key === undefined, 'key', 'is missing: without a key the operator must be Exists'],
    [
      tolerationSeconds !== undefined && effect !== 'NoExecute',
      'tolerationSeconds',
      'must be left out unless effect is NoExecute: other effects end no pod',
    ],
  ];
  return faults.filter(([wrong]) => wrong).map(([, field, must]): TolerationFault => ({ field, must }));
}
