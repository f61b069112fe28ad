import { isCalled, isListed } from '../../lib/stacks/filter';
import { written } from './written';

/** A place or a text of a filter, by the grammar of go-bexpr: no quote is escaped, and "/…" is a place. */
function read(part: string): { place?: string[]; text?: string } {
  const place = /^"((?:\/[\p{L}\p{N}\-_.~:|]+)+)"$/u.exec(part);
  if (place)
    return {
      place: place[1]
        .slice(1)
        .split('/')
        .map((name) => name.replace(/~1/g, '/').replace(/~0/g, '~')),
    };
  const raw = /^`([^`]*)`$/.exec(part);
  if (raw) return { text: raw[1] };
  if (/^"[^"]*"$/.test(part)) return { text: JSON.parse(part) };
  throw new Error(`${part} is neither a place nor a text`);
}

test.each(['alice', 'EXAMPLE\\robert "Bob" Smith', 'a\\', '/admins', 'auth0|5f7', 'grüße'])(
  'Boundary takes %s for the name that it is',
  (name) => {
    const [place, text] = isCalled(name, 'upn').split(' == ');
    expect([read(place), read(text)]).toEqual([{ place: ['token', 'upn'] }, { text: name }]);
    const listed = isListed(name, 'groups');
    const at = listed.lastIndexOf(' in ');
    expect(read(listed.slice(0, at))).toEqual({ text: name });
  },
);

test('a claim whose name is a URL is one claim', () => {
  const [, place] = isListed('admins', 'https://example.com/groups').split(' in ');
  expect(read(place)).toEqual({ place: ['token', 'https://example.com/groups'] });
});

test('a group of Keycloak is the one of that path, and no other of its name', () => {
  const { resource } = written('profile: kind').stack('boundary');
  const { filter } = resource.boundary_managed_group['managed-group-group-developers'];
  expect(filter).toBe('`/developers` in "/token/principals"');
  expect(resource.boundary_managed_group['managed-group-oversight-admins'].filter).toBe(
    '`/admins` in "/token/principals"',
  );
});

test('a group of another provider is called as the provider calls it', () => {
  const oidc = 'oidc: {issuer: https://id.example.com, clientId: x, clientSecretName: x, groupsClaim: roles}';
  const { resource } = written(oidc).stack('boundary');
  expect(resource.boundary_managed_group['managed-group-group-developers'].filter).toBe(
    '"developers" in "/token/roles"',
  );
});
