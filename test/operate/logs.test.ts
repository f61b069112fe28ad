import type { KubeObject } from '../../lib/operate/cluster/kubectl';
import { logsOf, type Wanted } from '../../lib/operate/cluster/logs';

const container = (name: string, hasEnded = false) => ({
  name,
  state: { running: {} },
  lastState: hasEnded ? { terminated: { exitCode: 1 } } : {},
});
const pod = (name: string, ...containerStatuses: object[]): KubeObject => ({
  metadata: { name, namespace: 'boundary' },
  status: { containerStatuses },
});
const pods = [
  pod('controller-1', container('controller', true), container('issuer-relay')),
  pod('controller-2', container('controller'), container('issuer-relay')),
];
const logs = (wanted: Partial<Wanted> = {}, of = pods) =>
  logsOf(of, { name: 'boundary-controller', since: '1h', ...wanted }).map((args) => args.slice(3).join(' '));

test('logs are of every container of every pod, and say which', () =>
  expect(logs()).toEqual([
    'controller-1 --all-containers --since=1h --prefix',
    'controller-2 --all-containers --since=1h --prefix',
  ]));

test('logs are of one container, and the last lines alone, where that is wanted', () =>
  expect(logs({ container: 'controller', tail: 5, follow: true }, [pods[1]])).toEqual([
    'controller-2 --container=controller --since=1h --tail=5 --follow',
  ]));

test('what was said before a new start is of the containers that had one', () =>
  expect(logs({ previous: true })).toEqual(['controller-1 --container=controller --previous']));

test.each<[string, Partial<Wanted>, RegExp]>([
  ['what never ended', { previous: true, container: 'issuer-relay' }, /nothing of boundary-controller has ended/],
  ['a container that there is not', { container: 'x' }, /no container "x"; it has controller, issuer-relay$/],
])('there is no log of %s', (_, wanted, said) => expect(() => logs(wanted)).toThrow(said));
