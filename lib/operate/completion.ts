import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Complete, RootCommand } from '@bomb.sh/tab';
import { partOf } from './platform/project';
import { SettingsFile } from './platform/settings-file';

/** What arguments and options stand for that the platform of a folder names, by their own names. */
const NAMES: Readonly<Record<string, (folder: string) => string[]>> = {
  part: partsIn,
  skip: partsIn,
  user: usersIn,
  environment: usersIn,
  name: (folder) => [...usersIn(folder), ...partsIn(folder)],
};

/** Has shells complete names of the platform in a folder, as its files have them now: nothing is made for it. */
export function completeNames(root: RootCommand, folder: string): void {
  for (const command of root.commands.values())
    for (const place of [...command.arguments.values(), ...command.options.values()]) {
      const names = NAMES['name' in place ? place.name : place.value];
      if (names && !('isBoolean' in place && place.isBoolean))
        place.handler = (complete: Complete) => {
          for (const name of known(() => names(folder))) complete(name, '');
        };
    }
}

/** Nothing where the files are not there, or are none that can be read: whoever runs the command is told. */
function known(names: () => string[]): string[] {
  try {
    return [...new Set(names())];
  } catch {
    return [];
  }
}

/** Parts and stacks, as the last synth left them. */
function partsIn(folder: string): string[] {
  const [dist, stacks] = [join(folder, 'dist'), join(folder, 'cdktf.out/manifest.json')];
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.k8s.yaml'));
  const names = existsSync(stacks) ? Object.keys(JSON.parse(readFileSync(stacks, 'utf8')).stacks) : [];
  return [...files.sort().map(partOf), ...names];
}

function usersIn(folder: string): string[] {
  return new SettingsFile(folder).users();
}
