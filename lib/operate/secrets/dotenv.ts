import { existsSync, readFileSync } from 'node:fs';
import { readDotenv } from '../../config/dotenv';
import { ENVIRONMENT_KEYS, OTHER_KEYS } from '../../config/environment';
import { Failure } from '../failure';
import type { Values } from './store';

/** What a .env file holds for environments, and the names of what it holds besides. */
export interface Found {
  readonly values: Values;
  /** Settings, which the platform reads from the file itself. */
  readonly settings: readonly string[];
  /** Those without a value. */
  readonly empty: readonly string[];
}

/** Reads a .env file: what is no setting of the platform is for environments, each under its name in small letters. */
export function readSecrets(path: string): Found {
  if (!existsSync(path)) throw new Failure(`${path} is not there: name the .env file that is to be imported`);
  const assignments = [...readDotenv(readFileSync(path, 'utf8'), process.env, new Set())];
  const isSetting = (name: string) => Object.hasOwn(ENVIRONMENT_KEYS, name) || Object.hasOwn(OTHER_KEYS, name);
  const others = assignments.filter(([name]) => !isSetting(name)).map(([name, { value }]) => [name, value] as const);
  const filled = others.filter(([, value]) => value);
  const twice = filled.find(([name], at) => filled.findIndex(([one]) => one.toLowerCase() === name.toLowerCase()) < at);
  if (twice)
    throw new Failure(
      `${path} has ${twice[0]} in capitals and in small letters, which is one name here: keep one of them; nothing is changed`,
    );
  return {
    values: Object.fromEntries(filled.map(([name, value]) => [name.toLowerCase(), value])),
    settings: assignments.map(([name]) => name).filter(isSetting),
    empty: others.flatMap(([name, value]) => (value ? [] : [name])),
  };
}
