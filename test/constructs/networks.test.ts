import { Exposure } from '../../constructs';
import { smallPlatform } from '../helpers/small-platform';

test.each([
  [['10.0.0.1'], 'got "10.0.0.1": did you mean "10.0.0.1/32"?'],
  [['fd00::1'], 'got "fd00::1": did you mean "fd00::1/128"?'],
  [['10.0.0.0/33'], 'got "10.0.0.0/33"'],
  [['10.0.0.0/08'], 'got "10.0.0.0/08"'],
  [['::ffff:10.0.0.0/104'], 'got "::ffff:10.0.0.0/104"'],
  [['10.0.0.0/8', 'office.example.com'], 'got "office.example.com"'],
])('what is no network is refused wherever one is named: %j', (cidrs, got) => {
  const message = `must be networks such as 10.0.0.0/8 or fd00::/8, ${got}`;
  const office = { name: 'office', cidrs };
  expect(() => smallPlatform(({ devenv }) => devenv.allowTo(office, [443]))).toThrow(
    `addresses of "office" ${message}`,
  );
  const but = { ...office, cidrs: ['0.0.0.0/0'], except: cidrs };
  expect(() => smallPlatform(({ devenv }) => devenv.allowTo(but, [443]))).toThrow(`addresses of "office" ${message}`);
  const endpoint = { name: 'v', port: 1, targetPort: 1, protocol: 'tcp', serviceName: 'v' } as const;
  expect(() =>
    smallPlatform(({ vault }) => Exposure.loadBalancer({ sources: cidrs }).expose({ ...endpoint, pods: vault.peer })),
  ).toThrow(`addresses of "sources" ${message}`);
  expect(() => smallPlatform(undefined, { kubernetesApi: cidrs })).toThrow(`kubernetesApi ${message}`);
});
