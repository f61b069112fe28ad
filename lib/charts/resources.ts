import type { Resources } from '../../constructs';

type Amounts = Readonly<Record<'cpu' | 'memory' | 'ephemeralStorage', string>>;

/** Resources as Kubernetes names them. */
export const resourcesOf = ({ requests, limits }: { requests: Amounts; limits: Amounts }): Resources => ({
  requests: named(requests),
  limits: named(limits),
});

const named = ({ ephemeralStorage, ...amounts }: Amounts) => ({ ...amounts, 'ephemeral-storage': ephemeralStorage });
