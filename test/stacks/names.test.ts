import fc from 'fast-check';
import { addressOf } from '../../lib/stacks/address';
import { isCalled } from '../../lib/stacks/filter';
import { type Json, written } from './written';

jest.mock('node:child_process', () => ({ execSync: jest.fn() }));

const SEED = Number(process.env.SEED ?? 4);
const login = fc.stringMatching(/^[a-zA-Z0-9é_]([a-zA-Z0-9é._@+\\ '"|:~-]{0,6}[a-zA-Z0-9é])?$/u);
/** What a login may be taken for: without what addresses do not have, in another case, with something put between. */
const alike = (name: string) => [
  name,
  name.replace(/[^a-zA-Z0-9_-]/g, ''),
  name.toUpperCase(),
  `${name[0]}.${name.slice(1)}`,
  `${name[0]}@${name.slice(1)}`,
  `${name[0]}+${name.slice(1)}`,
  `${name[0]}-${name.slice(1)}`,
  `${name[0]}_${name.slice(1)}`,
];
const people = (logins: readonly string[]) =>
  JSON.stringify({ environments: { users: Object.fromEntries(logins.map((name, i) => [`u${i}`, { login: name }])) } });

test('different people never share a role, a group of logins or a target', () => {
  const logins = [...new Set(fc.sample(login, { numRuns: 40, seed: SEED }).flatMap(alike))].filter(
    (name) => name !== '' && name === name.trim(),
  );
  const { resource } = written(people(logins)).stack('boundary');
  const roles = Object.values<Json>(resource.boundary_role);
  for (const [i, name] of logins.entries()) {
    const own = roles.filter((role) => role.name === `user-${name}`);
    expect(own).toHaveLength(1);
    const [principal] = own[0].principal_ids;
    const group = resource.boundary_managed_group[principal.replace(/^\$\{boundary_managed_group\.(.+)\.id\}$/, '$1')];
    expect(group.filter).toBe(isCalled(name, 'preferred_username'));
    expect(own[0].grant_strings[0]).toBe(
      `ids=\${boundary_target.target-devenv-u${i}.id};actions=read,authorize-session`,
    );
  }
});

test('an address is of one id alone, and of a plain one what it always was', () => {
  const id = fc.oneof(login, fc.string({ unit: 'grapheme' }), fc.stringMatching(/^[a-z]{1,3}__[0-9a-f]{16}$/));
  fc.assert(
    fc.property(id, id, (one, other) => {
      const address = (text: string) => addressOf(text, text.replace(/[^A-Za-z0-9_-]/g, ''));
      const forged = address(one);
      for (const text of [other, forged, ...alike(one)]) {
        expect(address(text) === address(one)).toBe(text === one);
      }
    }),
    { numRuns: 500, seed: SEED },
  );
  expect(addressOf('role-user-alice', 'role-user-alice')).toBe('role-user-alice');
});

test('what stood at an address without its dots moves, unless another person stands there now', () => {
  const moved = (...logins: string[]) => written(people(logins)).stack('boundary').moved;
  const [group, role] = moved('carol.smith');
  expect(group.from).toBe('boundary_managed_group.managed-group-user-carolsmith');
  expect(role.from).toBe('boundary_role.role-user-carolsmith');
  expect(role.to).toMatch(/^boundary_role\.role-user-carolsmith__[0-9a-f]{16}$/);
  expect(moved('carol.smith', 'carolsmith')).toBeUndefined();
  expect(moved('carol.smith', 'carol@smith')).toBeUndefined();
  expect(moved('alice')).toBeUndefined();
});

test('what moves is written where no Terraform is', () => {
  expect(written(people(['carol.smith'])).stack('boundary').moved).toHaveLength(2);
  expect(jest.requireMock('node:child_process').execSync).not.toHaveBeenCalled();
});
