import fc from 'fast-check';
import { ConfigError } from '../../lib/config';
import { nameOf } from '../helpers/objects';
import { synth } from '../helpers/synth';

const ENDINGS = [
  ...['access', 'sshd', 'notice', 'ssh-host', 'tls', 'cookie', 'web', 'external', 'web-external', '0', '0-0'],
  ...['from-boundary-worker', 'from-web-devenv-a', 'to-internet', 'to-devenv-a', 'from-anywhere'],
].map((ending) => `-${ending}`);
/** Users whose names go on where another's ends. */
const users = fc
  .tuple(fc.constantFrom('a', '0', 'devenv', 'devenv-a', 'web-devenv-a'), fc.subarray(ENDINGS, { maxLength: 8 }))
  .map(([first, more]) => [first, ...more.map((ending) => `${first}${ending}`)]);
const platform = fc.record({
  users,
  mode: fc.constantFrom('nodePort', 'loadBalancer', 'ingress', 'gateway'),
  authentication: fc.boolean(),
  schedule: fc.boolean(),
});

test('whatever users are called, no two objects have one name', () => {
  let accepted = 0;
  fc.assert(
    fc.property(platform, ({ users, mode, authentication, schedule }) => {
      const own = users.map((user, i) => [user, { webPort: 31000 + i }]);
      const config = {
        environments: {
          users: Object.fromEntries(own),
          ...(schedule && { schedule: { from: '08:00', to: '19:00' } }),
        },
        access: { mode, domain: 'example.com', gateway: { name: 'g', namespace: 'n' }, nodeAddress: '10.0.0.1' },
        web: { enabled: true, authentication },
      };
      try {
        const names = synth(JSON.stringify(config)).objects.map(nameOf);
        expect(names.filter((one, index) => names.indexOf(one) !== index)).toEqual([]);
        accepted++;
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        expect(error.message).toMatch(
          /^platform.yaml:1:\d+: environments\.users\.[^ ]+external: would have the Service/,
        );
      }
    }),
    { numRuns: 60, seed: Number(process.env.SEED ?? 4) },
  );
  expect(accepted).toBeGreaterThan(30);
});
