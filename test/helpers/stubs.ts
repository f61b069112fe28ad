import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Scripts in the place of programs, which note what they are called with; new for each test of a file. */
export class Stubs {
  /** A folder of the test's own; the scripts are in its folder `bin`. */
  home = '';
  private readonly before = { ...process.env };

  /** @param isAlone whether nothing else is found */
  constructor({ isAlone = false } = {}) {
    beforeEach(() => {
      this.home = mkdtempSync(join(tmpdir(), 'stubs-'));
      mkdirSync(this.bin);
      process.env.PATH = isAlone ? this.bin : `${this.bin}:${this.before.PATH}`;
    });
    afterEach(() => {
      for (const name of Object.keys(process.env)) if (!(name in this.before)) delete process.env[name];
      Object.assign(process.env, this.before);
      rmSync(this.home, { recursive: true });
    });
  }

  get bin(): string {
    return join(this.home, 'bin');
  }

  /** Puts a script in the place of a program. */
  put(program: string, script = ''): void {
    const note = `printf '%s\\n' "${program} $*" >> "${this.home}/calls"`;
    writeFileSync(join(this.bin, program), `#!/bin/sh\n${note}\n${script}\n`);
    chmodSync(join(this.bin, program), 0o755);
  }

  /** What was run, a line each. */
  get calls(): string[] {
    const path = join(this.home, 'calls');
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  }
}
