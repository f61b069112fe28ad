import { clash, type Rule, when } from './contradiction';
import { contains } from './formats/cidr';

const WHOLE = ['0.0.0.0/0', '::/0'];

/** What environments may reach, and may not. */
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
  ({ network: { egress } }) =>
    when(egress.internet && WHOLE.every((whole) => egress.deny.some((closed) => contains(closed, whole))), () =>
      clash(
        'leaves nothing of the internet: set network.egress.internet: false instead',
        'network.egress.deny',
        'network.egress.internet',
      ),
    ),
];
