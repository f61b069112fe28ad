import { Repository } from '../lib/operate/backup/repository';

/** Keeps so many MiB, reads them to nowhere and hands them to a command, as backup, verify and restore do; says what memory that took, in MB. */
async function main([folder, size]: string[]): Promise<void> {
  const bytes = Number(size) * 2 ** 20;
  const repository = await Repository.at(folder);
  await repository.prepare();
  const script = `head -c "$1" /dev/urandom && echo "Total bytes written: $1" >&2`;
  const source = { command: ['sh', '-c', script, 'sh', String(bytes)] as const };
  const snapshot = await repository.keep({ cluster: 'bench', kind: 'environment', name: size }, source, () => {});
  await repository.verify(snapshot);
  await repository.give(snapshot, ['sh', '-c', 'cat >/dev/null']);
  console.log(process.resourceUsage().maxRSS / 1024);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
