import { DevEnvStatefulSet, VsoBinding } from '../../constructs';
import { type SmallPlatform, smallPlatform } from '../helpers/small-platform';

describe('a secret of people that is granted', () => {
  const sources = (relate: (platform: SmallPlatform) => void, name = 'devenv'): any[] => {
    const { objects } = smallPlatform(relate);
    const [set] = objects.filter(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === name);
    const { projected } = set.spec.template.spec.volumes.find((volume: { name: string }) => volume.name === 'secrets');
    return projected.sources.map(({ secret }: { secret: object }) => secret);
  };
  const seen = (relate: (platform: SmallPlatform) => void, set?: string): string[] =>
    sources(relate, set).map(({ name }) => name);
  const KNOWN = ['devenv-secrets', 'devenv-vault-secrets', 'tfe-dynamic-token'];

  test.each([
    ['under a name of its own', ['my-own-secret']],
    ['under the name of those that are always looked for', ['devenv-vault-secrets']],
    ['besides another', ['b', 'a']],
  ])('is mounted, %s', (_title, names) => {
    const own = names.filter((name) => !KNOWN.includes(name));
    expect(
      seen(({ vault, devenv }) => names.map((name) => vault.kv.secret(`of/${name}`).grantRead(devenv, name))),
    ).toEqual([...KNOWN, ...own]);
  });

  test('is mounted once, and by those alone that it is granted to', () => {
    expect(
      seen(({ chart, vault, devenv, delivery }) => {
        const other = new DevEnvStatefulSet(chart, 'other', { name: 'other', secretDelivery: delivery });
        vault.kv.secret('mine').grantRead(devenv, 'mine');
        vault.kv.secret('mine').grantRead(devenv, 'mine');
        vault.kv.secret('theirs').grantRead(other, 'theirs');
      }),
    ).toEqual([...KNOWN, 'mine']);
  });

  describe('to one environment', () => {
    const own = (chart: SmallPlatform['chart'], secretDelivery: SmallPlatform['delivery'], user: string) =>
      new DevEnvStatefulSet(chart, user, { name: `devenv-${user}`, user, serviceName: 'devenv', secretDelivery });
    const both = ({ chart, vault, delivery }: SmallPlatform) => {
      const [alice, bob] = ['alice', 'bob'].map((user) => own(chart, delivery, user));
      vault.kv.secret('hers').grantRead(alice.environment('alice'), 'hers');
      for (const set of [alice, bob]) vault.kv.secret('all').grantRead(set, 'all');
      vault.terraformCloud({ teamId: 'team-1' }).grantToken(alice.environment('alice'));
    };

    test('is mounted there and nowhere else, and counts more than what is granted to its set', () => {
      expect(seen(both, 'devenv-bob')).toEqual([...KNOWN, 'all']);
      expect(seen(both, 'devenv-alice')).toEqual([
        ...KNOWN.slice(0, 2),
        'all',
        'hers',
        'devenv-alice-tfe-dynamic-token',
      ]);
    });

    test('takes the place of what all have under one name of a file, which Kubernetes would refuse twice', () => {
      const files = sources(both, 'devenv-alice').flatMap(({ name, items = [] }) =>
        items.map(({ path }: { path: string }) => [name, path]),
      );
      expect(files).toEqual([['devenv-alice-tfe-dynamic-token', 'TFE_TOKEN']]);
    });

    test.each<[string, (platform: SmallPlatform) => void, string]>([
      [
        'of equal ones, which all mount the same',
        ({ vault, devenv }) => vault.kv.secret('a').grantRead(devenv.environment('devenv-0'), 'a'),
        '"devenv-0" cannot have the secret "a" alone: environments of "devenv" are told apart by number, and mount the same; grant it to the set, or make one for this user',
      ],
      [
        'by a certificate, of equal ones',
        ({ vault, devenv }) =>
          vault.pki.grantCertificate(devenv.environment('devenv-1'), { secretName: 'a', dnsNames: ['a.example.com'] }),
        '"devenv-1" cannot have the secret "a" alone',
      ],
      [
        'as a Secret that every environment mounts',
        ({ chart, vault, delivery }) =>
          vault.kv.secret('a').grantRead(own(chart, delivery, 'a').environment('a'), 'devenv-vault-secrets'),
        'Secret "devenv-vault-secrets" is mounted by every environment of its namespace, and would not be one\'s alone: choose another name',
      ],
      [
        'as the Secret of a neighbour',
        ({ chart, vault, delivery }) => {
          for (const user of ['a', 'b'])
            vault.kv.secret('s').grantRead(own(chart, delivery, user).environment(user), 'same');
        },
        'namespace "devenv" has "secret/s" as Secret "same" of "devenv-a" alone already, got "secret/s" as "same" of "devenv-b" alone',
      ],
      [
        'as a Secret that the namespace shares',
        ({ chart, vault, delivery, devenv }) => {
          vault.kv.secret('s').grantRead(devenv, 'same');
          vault.kv.secret('s').grantRead(own(chart, delivery, 'a').environment('a'), 'same');
        },
        'namespace "devenv" has "secret/s" as Secret "same" already, got "secret/s" as "same" of "devenv-a" alone',
      ],
      [
        'written for two',
        ({ chart, vault, delivery }) => {
          const secret = vault.kv.secret('s');
          secret.grantWrite(vault);
          secret.grantWrite(vault, own(chart, delivery, 'a').environment('a'));
        },
        'secret "s" is written for "all" already, got "devenv-a": give each a secret of its own',
      ],
    ])('is refused %s', (_title, relate, message) => {
      expect(() => smallPlatform(relate)).toThrow(message);
    });
  });

  test('goes to a consumer that mounts for itself, too', () => {
    const { objects } = smallPlatform(({ chart, vault, client }) => {
      const secretDelivery = new VsoBinding(chart, 'own', { vault, namespace: client.namespace });
      vault.kv.secret('a').grantRead({ peer: client, namespace: client.namespace, secretDelivery }, 'a');
    });
    expect(objects.filter(({ kind }) => kind === 'VaultStaticSecret')).toHaveLength(1);
  });
});
