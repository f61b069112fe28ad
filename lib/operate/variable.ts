/** A variable of the environment. One that is set but empty counts as none. */
export const variable = (name: string, env: Readonly<Record<string, string | undefined>> = process.env) =>
  env[name] || undefined;
