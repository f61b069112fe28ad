/** A user's own fields, as the configuration and the chart's values both name them. */
export interface User {
  readonly sshKeys: readonly string[];
  readonly storage: { readonly workspace: string };
  readonly env: Readonly<Record<string, string>>;
}

const key = (index: number) =>
  `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${String(index).padStart(42, 'x')} u${index}@example.com`;

/** Users that differ in their keys, sizes and variables. */
export const makeUsers = (count: number): Record<string, User> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `user-${String(index).padStart(5, '0')}`,
      {
        sshKeys: [key(index)],
        storage: { workspace: `${10 + (index % 5)}Gi` },
        env: { TEAM: `team-${index % 7}` },
      },
    ]),
  );

/** One line a user: quick to read for both sides. */
export const usersText = (users: Readonly<Record<string, User>>, indent: string) =>
  Object.entries(users)
    .map(([name, user]) => `${indent}${name}: ${JSON.stringify(user)}\n`)
    .join('');
