import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * restic as far as the platform uses it: its arguments, its lines of JSON and its exit statuses, over a folder with a
 * file for each snapshot (an archive of folders that it keeps itself, of which it reads no file "unreadable"), and a lock that says whether who has it lives. What
 * it really does is tried on a cluster.
 */
const PROGRAM = `
const { spawnSync } = require('node:child_process');
const { createHash, randomBytes } = require('node:crypto');
const { existsSync, fstatSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync, appendFileSync } = require('node:fs');
const { join } = require('node:path');
const { RESTIC_REPOSITORY = '', RESTIC_PASSWORD, RESTIC_PASSWORD_FILE, RESTIC_TOLD } = process.env;
// A bucket is a folder, too.
const folder = RESTIC_REPOSITORY.replace(/^s3:https:[/][/][^/]+/, '');
const [verb, ...args] = process.argv.slice(2).filter((arg) => arg !== '--no-cache');
if (RESTIC_TOLD) appendFileSync(RESTIC_TOLD, [verb, ...args].join(' ') + '\\n');
const end = (status, text) => { console.error(text); process.exit(status); };
const password = () => RESTIC_PASSWORD ?? readFileSync(RESTIC_PASSWORD_FILE, 'utf8').trim();
const config = join(folder, 'config');
const sum = (data) => createHash('sha256').update(data).digest('hex');
const all = () => readdirSync(folder).filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
  .sort((a, b) => a.time < b.time ? -1 : 1);
const option = (name) => args[args.indexOf(name) + 1];
if (verb === 'version') { console.log('restic 0.18.1 compiled with go1.26 on linux/amd64'); process.exit(0); }
if (verb === 'init') { mkdirSync(folder, { recursive: true }); writeFileSync(config, password()); process.exit(0); }
if (!existsSync(config)) end(10, 'Fatal: repository does not exist');
if (readFileSync(config, 'utf8') !== password()) end(12, 'Fatal: wrong password or no key found');
const lock = join(folder, 'lock');
const holder = existsSync(lock) ? readFileSync(lock, 'utf8') : undefined;
if (verb === 'unlock') { if (holder === 'dead') unlinkSync(lock); process.exit(0); }
if (holder) end(11, 'unable to create lock in backend: repository is already locked');
const fail = (status, message) => end(status, JSON.stringify({ message_type: 'exit_error', code: status, message }));
const options = (name) => args.flatMap((arg, at) => (arg === name ? [args[at + 1]] : []));
const hold = (data, paths, more) => {
  const id = randomBytes(32).toString('hex');
  writeFileSync(join(folder, id), data);
  const time = new Date(Date.now()).toISOString();
  const summary = { total_bytes_processed: data.length };
  const made = { id, time, hostname: option('--host'), tags: [option('--tag')], paths, sum: sum(data), summary, ...more };
  writeFileSync(join(folder, id + '.json'), JSON.stringify(made));
  console.log(JSON.stringify({ message_type: 'summary', snapshot_id: id, total_bytes_processed: data.length }));
};
const tar = (words, input) => spawnSync('tar', ['--file=-', ...words], { input, maxBuffer: 2 ** 28 });
const keepFolders = (paths) => {
  const excludes = options('--exclude');
  const left = excludes.map((path) => '--exclude=' + path.slice(1));
  const { stdout } = tar(['--create', '--sparse', '--format=posix', '--directory=/', '--anchored', ...left, ...paths.map((path) => path.slice(1))]);
  console.log(JSON.stringify({ message_type: 'status', bytes_done: stdout.length / 2 }));
  hold(stdout, [...paths].sort(), { excludes });
  const item = paths.map((path) => join(path, 'unreadable')).find(existsSync);
  if (item) end(3, JSON.stringify({ message_type: 'error', error: { message: 'permission denied' }, during: 'archival', item }));
};
const found = (wanted) => all().find(({ id }) => id.startsWith(wanted)) ?? end(1, 'Fatal: failed to find snapshot: no matching ID found');
const verbs = {
  cat: () => {},
  snapshots: () => console.log(JSON.stringify(all())),
  backup: () => {
    if (!args.some((arg) => arg.startsWith('--stdin'))) return keepFolders(args.slice(args.indexOf('--') + 1));
    const command = args.includes('--') ? args.slice(args.indexOf('--') + 1) : ['cat'];
    let third = 'ignore';
    try { fstatSync(3); third = 3; } catch {}
    const stdio = [args.includes('--stdin') ? 'inherit' : 'ignore', 'pipe', 'pipe', third];
    const { status, stdout, stderr } = spawnSync(command[0], command.slice(1), { stdio, maxBuffer: 2 ** 28 });
    // The last line is lost where the command ends before it is read, as may happen with restic.
    for (const line of stderr.toString().split('\\n').filter(Boolean).slice(0, -1)) console.error('subprocess ' + command[0] + ': ' + line);
    console.log(JSON.stringify({ message_type: 'status', bytes_done: stdout.length / 2 }));
    if (status !== 0) fail(1, 'Fatal: unable to save snapshot');
    hold(stdout, ['/' + option('--stdin-filename')]);
  },
  check: () => {
    console.log('[0:00] 100.00%  1 / 1 packs');
    if (readdirSync(folder).some((name) => existsSync(join(folder, name + '.json')) && sum(readFileSync(join(folder, name))) !== JSON.parse(readFileSync(join(folder, name + '.json'), 'utf8')).sum))
      end(1, 'pack contains 1 errors: ciphertext verification failed\\nFatal: repository contains errors');
    if (existsSync(join(folder, 'unneeded'))) end(1, 'Fatal: repository contains errors');
  },
  restore: () => {
    const [id, path] = args.at(-1).split(':');
    const one = found(id);
    const data = readFileSync(join(folder, one.id));
    if (sum(data) !== one.sum) fail(1, 'Fatal: ciphertext verification failed');
    const target = option('--target');
    mkdirSync(target, { recursive: true });
    const names = path.slice(1).split('/');
    const left = options('--exclude').map((name) => '--exclude=' + path.slice(1) + name);
    const { status, stderr } = tar(['--extract', '--preserve-permissions', '--directory=' + target, '--no-overwrite-dir', '--strip-components=' + names.length, '--anchored', ...left, path.slice(1)], data);
    if (status !== 0) end(1, JSON.stringify({ message_type: 'error', error: { message: stderr.toString() }, during: 'restore', item: path }));
    for (const message_type of ['status', 'summary'])
      console.log(JSON.stringify({ message_type, total_bytes: data.length, bytes_restored: data.length }));
  },
  dump: () => {
    const one = found(args[0]);
    const data = readFileSync(join(folder, one.id));
    process.stdout.write(data, () => {
      if (sum(data) !== one.sum) end(1, 'Fatal: cannot dump file: ciphertext verification failed');
    });
  },
  forget: () => {
    if (args.includes('--dry-run')) {
      const groups = new Map();
      for (const one of all()) {
        const name = one.hostname + one.tags;
        groups.set(name, [...(groups.get(name) ?? []), one]);
      }
      if (groups.size === 0) return;
      const last = Number(option('--keep-last'));
      const told = [...groups.values()].map((group) => ({ keep: group.slice(-last), remove: group.slice(0, -last) }));
      return console.log(JSON.stringify(told.map(({ keep, remove }) => ({ keep, remove: remove.length ? remove : null }))));
    }
    for (const { id } of all())
      if (args.some((wanted) => /^[0-9a-f]{8,}$/.test(wanted) && id.startsWith(wanted)))
        for (const name of [id, id + '.json']) unlinkSync(join(folder, name));
  },
};
verbs[verb]();
`;

/** Puts a stand-in for restic into a folder, for the front of PATH. */
export function makeRestic(folder: string): void {
  const path = join(folder, 'restic');
  writeFileSync(path, `#!${process.execPath}\n${PROGRAM}`);
  chmodSync(path, 0o755);
}
