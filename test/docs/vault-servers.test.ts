import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describeWith } from '../helpers/programs';
import { blocksOf } from './commands';

const LOGIN = 'the-login';
const TOKEN = 'the-service-account-token';

/** Notes what it was called with, runs commands of pods here, and knows one ServiceAccount. */
const KUBECTL = `#!/bin/sh
printf '%s\\n' "$*" >>"$WORK/kubectl.log"
# In a pod that is Vault; here it is somebody else.
case "$*" in *' -- sh -c kill 1') echo "$4 ends" >>"$WORK/done"; exit ;; esac
case "$1 $2 $3" in
  'create token vault-servers') echo ${TOKEN} ;;
  delete*|apply*) echo "$1" >>"$WORK/done" ;;
  exec*) while [ "$1" != -- ]; do shift; done; shift; exec "$@" ;;
esac
`;

/** Has servers in a file, the one that leads first. */
const VAULT = `#!/bin/sh
case "$*" in
  *auth/kubernetes/login*) [ "$(cat)" = ${TOKEN} ] && echo ${LOGIN}; exit ;;
esac
[ "$VAULT_TOKEN" = ${LOGIN} ] || { echo permission denied >&2; exit 2; }
case "$*" in
  *list-peers*) rm -f "$WORK/lost"; jq -Rn '{data:{config:{servers:[inputs|{node_id:.,voter:true,leader:(input_line_number==1)}]}}}' <"$WORK/peers"; exit ;;
  *remove-peer*)
    # Where the one before led, nobody does for a moment.
    [ ! -e "$WORK/lost" ] || { rm "$WORK/lost"; exit 2; }
    [ "$(head -1 "$WORK/peers")" != "$4" ] || touch "$WORK/lost"
    grep -v "$4" "$WORK/peers" >"$WORK/next"; mv "$WORK/next" "$WORK/peers" ;;
esac
echo "$*" >>"$WORK/done"
`;

describeWith(['jq'], 'the commands that take servers of Vault out', () => {
  let work: string;
  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), 'vault-servers-'));
    for (const [name, program] of Object.entries({ kubectl: KUBECTL, vault: VAULT, sleep: '#!/bin/sh\n' })) {
      writeFileSync(join(work, name), program);
      chmodSync(join(work, name), 0o755);
    }
  });
  afterEach(() => rmSync(work, { recursive: true }));

  const out = (name: string) => `operator raft remove-peer ${name}`;
  test.each([
    [['vault-0', 'vault-1', 'vault-2']],
    [['vault-1', 'vault-2', 'vault-0']],
    [['vault-2', 'vault-0', 'vault-1']],
  ])('leave the first one, which leads, whoever did: %j', (peers) => {
    const [recipe] = blocksOf('sh').filter(({ text }) => text.includes('remove-peer'));
    writeFileSync(join(work, 'peers'), `${peers.join('\n')}\n`);
    const { stderr, stdout, status } = spawnSync('sh', ['-e', '-c', recipe.text], {
      input: '',
      encoding: 'utf8',
      env: { ...process.env, PATH: [work, process.env.PATH].join(delimiter), WORK: work },
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout.trim().split('\n')).toEqual(peers);
    const done = readFileSync(join(work, 'done'), 'utf8').trim().split('\n');
    expect(done).toEqual([
      ...[out('vault-2'), 'vault-2 ends', out('vault-1'), 'vault-1 ends'],
      ...['token revoke -self', 'delete', 'apply'],
    ]);
    const said = readFileSync(join(work, 'kubectl.log'), 'utf8');
    expect([LOGIN, TOKEN].filter((secret) => said.includes(secret))).toEqual([]);
    expect(said).toContain('delete persistentvolumeclaim data-vault-1 data-vault-2 --namespace vault --wait=false');
  });
});
