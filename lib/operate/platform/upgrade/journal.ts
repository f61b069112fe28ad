import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../../write';

/** An upgrade under way: what the settings file said before, where that is known, and says since. */
export interface Entry {
  readonly before?: string;
  readonly after: string;
}

/** What is kept beside the platform until an upgrade is over, so that one that was killed still knows the way back. */
export class Journal {
  private readonly file: string;

  constructor(project: string) {
    this.file = join(project, '.agent-sandbox/upgrade.json');
  }

  read(): Entry | undefined {
    return existsSync(this.file) ? JSON.parse(readFileSync(this.file, 'utf8')) : undefined;
  }

  write(entry: Entry): void {
    writeWhole(this.file, JSON.stringify(entry));
  }

  /** Says that it is over. */
  remove(): void {
    rmSync(this.file, { force: true });
  }
}
