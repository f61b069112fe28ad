import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { testWith } from '../helpers/programs';
import { blocksOf } from './commands';

const SECRETS = {
  serviceAccount: 'the-service-account-token',
  login: 'the-login',
  key: 'the-unseal-key',
  otp: 'the-one-time-password',
  encoded: 'the-encoded-token',
  token: 'the-token',
};

/** Notes what it was called with; runs commands of pods here, and knows one Secret and one ServiceAccount. */
const KUBECTL = `#!/bin/sh
printf '%s\\n' "$*" >>"$WORK/kubectl.log"
case "$1 $2 $3" in
  'create token vault-break-glass') echo ${SECRETS.serviceAccount} ;;
  get*) printf '["%s"]' "${SECRETS.key}" | base64 ;;
  exec*) while [ "$1" != -- ]; do shift; done; shift; exec "$@" ;;
esac
`;

/** Answers as Vault 2 does to the right words of who is logged in, and notes what it did and for whom. */
const VAULT = `#!/bin/sh
case "$*" in
  *auth/kubernetes/login*) [ "$(cat; echo .)" = ${SECRETS.serviceAccount}. ] && echo ${SECRETS.login} ;;
  *generate-root*) [ "$VAULT_TOKEN" = ${SECRETS.login} ] || { echo permission denied >&2; exit 2; } ;;
  *) printf '%s %s\\n' "$VAULT_TOKEN" "$*" >>"$WORK/vault.log" ;;
esac
case "$*" in
  *-init*) echo '{"nonce":"n","otp":"${SECRETS.otp}"}' ;;
  *-nonce=n*) [ "$(cat)" = ${SECRETS.key} ] && echo '{"encoded_token":"${SECRETS.encoded}"}' ;;
  *-decode=-*-otp=${SECRETS.otp}) [ "$(cat)" = ${SECRETS.encoded} ] && echo ${SECRETS.token} ;;
esac
`;

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'root-token-'));
  for (const [name, program] of Object.entries({ kubectl: KUBECTL, vault: VAULT })) {
    writeFileSync(join(work, name), program);
    chmodSync(join(work, name), 0o755);
  }
});
afterEach(() => rmSync(work, { recursive: true }));

testWith(
  ['jq', 'base64'],
  "a root token is made and revoked, and no secret is an argument in the API server's audit log",
  () => {
    const [recipe] = blocksOf('sh').filter(({ text }) => text.includes('generate-root'));
    const { stderr, status } = spawnSync('sh', ['-e', '-c', recipe.text], {
      input: '',
      encoding: 'utf8',
      env: { ...process.env, PATH: [work, process.env.PATH].join(delimiter), WORK: work },
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(readFileSync(join(work, 'vault.log'), 'utf8')).toBe(
      `${SECRETS.token} secrets list\n${SECRETS.token} token revoke -self\n${SECRETS.login} token revoke -self\n`,
    );
    const said = readFileSync(join(work, 'kubectl.log'), 'utf8');
    expect(said).toContain('generate-root');
    expect(Object.values(SECRETS).filter((secret) => said.includes(secret))).toEqual([]);
  },
);
