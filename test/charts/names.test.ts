import { CASES } from '../helpers/cases';
import { type KubeObject, nameOf } from '../helpers/objects';
import { synth } from '../helpers/synth';

/** A Job cannot be changed, so its name ends in a digest of what it does. */
const stableName = (object: KubeObject) => nameOf(object).replace(/^(Job .*)-[0-9a-f]{10}$/, '$1-DIGEST');

/** A change here renames what clusters already hold: say so in the release notes, with the way to move. */
test.each(['kind hardened', 'standard hardened', 'environments alone', 'named users', 'web ingress'])(
  'names of %s are frozen',
  (title) => {
    const { text, env } = CASES[title];
    const names = [...synth(text, env).files].map(([file, objects]) => [file, objects.map(stableName)]);
    expect(Object.fromEntries(names)).toMatchSnapshot();
  },
);

test('names that users know stay', () => {
  const named = new Set(synth('vault: {engines: {terraform: {enabled: true, teamId: team-1}}}').objects.map(nameOf));
  expect([...named]).toEqual(
    expect.arrayContaining([
      ...['devenv', 'vault', 'boundary', 'keycloak', 'vault-secrets-operator-system'].map(
        (name) => `Namespace ${name}`,
      ),
      'StatefulSet devenv/devenv',
      'Service devenv/devenv',
      'Service devenv/devenv-0',
    ]),
  );
});
