import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { describeWith } from '../helpers/programs';
import { Sources } from '../helpers/sources';

const run = promisify(execFile);

/** What tests on a cluster give real controllers to fetch. */
describeWith(['git'], 'a repository of this machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'served-'));
  const chart = join(folder, 'some-operator-1.2.3.tgz');
  let sources: Sources;

  beforeAll(async () => {
    mkdirSync(join(folder, 'out/folder'), { recursive: true });
    writeFileSync(join(folder, 'out/one.yaml'), 'one');
    writeFileSync(join(folder, 'out/folder/two.yaml'), 'two');
    writeFileSync(chart, 'packed');
    sources = await Sources.of(join(folder, 'out'), chart);
  });

  afterAll(async () => {
    await sources.close();
    rmSync(folder, { recursive: true });
  });

  test('is cloned, and what is pushed later is fetched', async () => {
    const clone = join(folder, 'clone');
    await run('git', ['clone', '--quiet', '--branch', 'main', '--depth', '1', sources.git, clone]);
    expect(readFileSync(join(clone, 'dist/folder/two.yaml'), 'utf8')).toBe('two');
    writeFileSync(join(sources.checkout, 'dist/one.yaml'), 'changed');
    sources.commit();
    await run('git', ['-C', clone, 'pull', '--quiet']);
    expect(readFileSync(join(clone, 'dist/one.yaml'), 'utf8')).toBe('changed');
  });

  test('takes nothing', async () => {
    const clone = join(folder, 'clone');
    await expect(run('git', ['-C', clone, 'push', '--quiet', 'origin', 'HEAD:other'])).rejects.toThrow('403');
  });

  test('has a chart beside it, as Helm looks for it', async () => {
    const index = parse(await (await fetch(`${sources.charts}/index.yaml`)).text());
    const [{ version, urls, digest }] = index.entries['some-operator'];
    const packed = Buffer.from(await (await fetch(`${sources.charts}/${urls[0]}`)).arrayBuffer());
    expect([version, digest]).toEqual(['1.2.3', createHash('sha256').update(packed).digest('hex')]);
    expect((await fetch(`${sources.charts}/other.tgz`)).status).toBe(404);
  });
});
