import { eventually } from './eventually';
import { exec, hasten } from './kubectl';

const NAMESPACE = 'devenv';
const POD = 'devenv-0';

/** A secret as an environment has it now, the first one unless it is named; empty where there is none. */
export const secretFile = async (key: string, pod = POD): Promise<string> =>
  (await exec({ namespace: NAMESPACE, pod }, ['cat', `/run/secrets/devenv/${key}`])).stdout.trim();

/** Waits for a secret to have a value, where nobody measures how long that takes. */
export const secretBecomes = (
  key: string,
  value: string | (() => string | Promise<string>),
  seconds: number,
  pod = POD,
): Promise<void> =>
  eventually(async () => {
    await hasten(NAMESPACE, pod);
    expect(await secretFile(key, pod)).toBe(typeof value === 'string' ? value : await value());
  }, seconds);
