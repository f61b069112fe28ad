import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { bootstrapOf, find, matches, podsOf } from '../helpers/objects';
import { describeWith } from '../helpers/programs';
import { synth } from '../helpers/synth';
import { freePort, startVault, until, type VaultServer } from '../helpers/vault-server';
import { type Block, sectionsOf } from './commands';

const SERVICE_ACCOUNT = 'the-service-account-token';

/** Notes what it was called with; knows the objects of the commands, and runs those of pods here. */
const KUBECTL = `#!/bin/sh
printf '%s\\n' "$*" >>"$WORK/kubectl.log"
case "$1 $2 $3" in
  'create token vault-break-glass') echo ${SERVICE_ACCOUNT} ;;
  'create secret generic') cat >"$WORK/seal-token" ;;
  'create configmap seal-ca') cp ca.crt "$WORK/seal-ca.crt" ;;
  'get configmap vault-bootstrap') cat "$WORK/config.json" ;;
  'get secret vault-keys') base64 <"$WORK/keys" ;;
  'patch secret vault-keys') jq -j .stringData.keys >"$WORK/keys" ;;
  exec*) while [ "$1" != -- ]; do shift; done; shift; VAULT_TOKEN= VAULT_ADDR=$SEALED exec "$@" ;;
esac
`;

/** Vault's own client, but for the login by a cluster. */
const VAULT = `#!/bin/sh
case "$*" in
  *auth/kubernetes/login*) [ "$(cat; echo .)" = ${SERVICE_ACCOUNT}. ] && exec cat "$WORK/login" ;;
esac
exec "$VAULT" "$@"
`;

const OPERATORS = ['first', 'second'];

const blocks = (language: string): readonly Block[] =>
  sectionsOf('docs/OPERATIONS.md')
    .filter(({ title }) => title === "Change Vault's seal")
    .flatMap((section) => section.blocks.filter((block) => block.language === language));
const [policy, setting] = blocks('yaml');

test("the policy before the other Vault lets in Vault's servers, at its port, and no other pod of the platform", () => {
  const { spec } = parse(policy.text);
  const [{ from, ports }] = spec.ingress;
  const [{ namespaceSelector, podSelector }] = from;
  const { objects } = synth(setting.text);
  const pods = podsOf(objects).map(({ namespace, labels }) => ({
    namespace,
    isLetIn:
      matches(namespaceSelector.matchLabels, { 'kubernetes.io/metadata.name': namespace }) &&
      matches(podSelector.matchLabels, labels),
  }));
  expect(new Set(pods.filter(({ isLetIn }) => isLetIn).map(({ namespace }) => namespace))).toEqual(new Set(['vault']));
  expect(pods.filter(({ namespace, isLetIn }) => namespace === 'vault' && !isLetIn)).toEqual([]);
  const leaving = find(objects, 'NetworkPolicy', 'vault-to-key-service');
  expect(leaving.spec.egress[0].ports).toMatchObject(ports);
});

describeWith(['vault', 'gpg', 'jq', 'base64'], "the commands that change Vault's seal, with two real Vaults", () => {
  const work = mkdtempSync(join(tmpdir(), 'seal-'));
  const [prepare, rekey, prove, keep, takeBack] = blocks('sh');
  const started: ChildProcess[] = [];
  let other: VaultServer;
  let env: Record<string, string | undefined>;
  let log = '';

  /** A command to its end; what it says must be no error. */
  const sh = (text: string, more: Record<string, string> = {}) => {
    const { status, stdout, stderr } = spawnSync('sh', ['-e', '-c', text], {
      cwd: work,
      input: '',
      encoding: 'utf8',
      env: { ...env, ...more },
    });
    if (status !== 0) throw new Error(`${text}:\n${stderr}`);
    return stdout.trim();
  };
  const sealed = (command: string, more: Record<string, string> = {}) =>
    sh(`"$VAULT" ${command}`, { VAULT_ADDR: String(env.SEALED), VAULT_TOKEN: '', ...more });
  const gpgHome = (operator: string) => ({ GNUPGHOME: join(work, operator) });
  /** The root token that these keys make. */
  const rootBy = (keys: readonly string[]): string => {
    sealed('operator generate-root -cancel');
    const { nonce, otp } = JSON.parse(sealed('operator generate-root -init -format=json'));
    let encoded = '';
    for (const key of keys)
      encoded = JSON.parse(sealed(`operator generate-root -format=json -nonce=${nonce} ${key}`)).encoded_token;
    return sealed(`operator generate-root -decode=${encoded} -otp=${otp}`);
  };

  /** The platform's Vault with the seal of the documents, reached without TLS. */
  async function startSealed(authority: string): Promise<void> {
    const port = await freePort();
    const hcl = find(synth(setting.text).objects, 'ConfigMap', 'vault-config').data['vault.hcl'];
    const [stanza] = /^seal "transit" \{[\s\S]*?^\}/m.exec(hcl) ?? [];
    const here = String(stanza)
      .replace(/address = "[^"]*"/, `address = "${env.VAULT_ADDR}"`)
      .replace('/vault/seal-ca/ca.crt', authority);
    const file = join(work, 'vault.hcl');
    writeFileSync(
      file,
      `${here}\nstorage "inmem" {}\ndisable_mlock = true\nlistener "tcp" {\n  address = "127.0.0.1:${port}"\n  tls_disable = true\n}\n`,
    );
    env.SEALED = `http://127.0.0.1:${port}`;
    const token = readFileSync(join(work, 'seal-token'), 'utf8').trim();
    const vault = spawn('vault', ['server', `-config=${file}`], {
      env: { PATH: process.env.PATH, HOME: work, VAULT_TOKEN: token },
    });
    started.push(vault);
    log = '';
    for (const stream of [vault.stdout, vault.stderr])
      stream.on('data', (text) => {
        log += text;
      });
  }

  beforeAll(async () => {
    other = await startVault();
    mkdirSync(join(work, 'bin'));
    for (const [name, program] of Object.entries({ kubectl: KUBECTL, vault: VAULT })) {
      writeFileSync(join(work, 'bin', name), program);
      chmodSync(join(work, 'bin', name), 0o755);
    }
    env = {
      PATH: [join(work, 'bin'), process.env.PATH].join(delimiter),
      HOME: work,
      TMPDIR: work,
      WORK: work,
      VAULT: spawnSync('sh', ['-c', 'command -v vault'], { encoding: 'utf8' }).stdout.trim(),
      VAULT_ADDR: other.root.address,
      VAULT_CACERT: other.authority,
      VAULT_TOKEN: 'root',
    };
    sh('cp "$VAULT_CACERT" ca.crt');
    sh(prepare.text);
    delete env.VAULT_TOKEN;
    for (const operator of OPERATORS) {
      mkdirSync(join(work, operator), { mode: 0o700 });
      sh(
        "gpg --batch --quiet --passphrase '' --quick-generate-key operator@example.com default default never",
        gpgHome(operator),
      );
    }
  });
  afterAll(() => {
    for (const process of started) process.kill();
    for (const operator of OPERATORS) sh('gpgconf --kill all', gpgHome(operator));
    other?.stop();
    rmSync(work, { recursive: true });
  });

  test('where the ConfigMap names another authority, Vault does not start, and says why', async () => {
    sh("openssl req -x509 -newkey rsa:2048 -nodes -subj '/CN=another' -keyout another.key -out another.crt");
    await startSealed(join(work, 'another.crt'));
    const [vault] = started;
    await new Promise((resolve) => vault.once('exit', resolve));
    expect(vault.exitCode).not.toBe(0);
    expect(log).toContain('certificate signed by unknown authority');
  });

  // SECURITY.md: "After a change from the development seal, its unseal key is the recovery key until"
  test('where it names the right one, Vault is there; the old key then goes over to the operators named', async () => {
    await startSealed(join(work, 'seal-ca.crt'));
    await until(async () => JSON.parse(sealed('status -format=json || [ $? = 2 ]')));
    // As it stands after a change from the development seal: one share, as it is.
    const init = JSON.parse(sealed('operator init -recovery-shares=1 -recovery-threshold=1 -format=json'));
    const [old] = init.recovery_keys_b64;
    const platform = synth(
      `profile: kind\n${setting.text}  recovery: {threshold: 2, pgpKeys: [${OPERATORS.map((operator) => sh('gpg --export operator@example.com | base64 -w0', gpgHome(operator))).join(', ')}]}`,
    );
    const config = bootstrapOf(platform.objects, 'vault-bootstrap');
    writeFileSync(join(work, 'config.json'), JSON.stringify(config));
    writeFileSync(join(work, 'keys'), JSON.stringify([old]));
    const { paths } = config.policies.find(({ name }: { name: string }) => name === 'vault-break-glass');
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['init', 'update', 'verify'].map((step) => `sys/rekey-recovery-key/${step}`)),
    );
    writeFileSync(join(work, 'login'), init.root_token);

    // As it is pasted into a shell, which goes on after what fails.
    const keepsShares = () => {
      const file = join(work, 'recovery.json');
      const before = readFileSync(file, 'utf8');
      sh(`set +e\n${rekey.text}\ntrue`);
      expect([before.length > 0, readFileSync(file, 'utf8')]).toEqual([true, before]);
    };
    const shared = rekey.text.slice(0, rekey.text.indexOf('recovery='));
    // An attempt that is left, and taken back.
    sh(rekey.text);
    expect(() => sh(rekey.text)).toThrow('rekey already in progress');
    keepsShares();
    sh(shared + takeBack.text);
    sh(rekey.text);
    expect(rootBy([old])).toMatch(/^hvs\./);
    for (const [index, operator] of OPERATORS.entries()) {
      expect(JSON.parse(readFileSync(join(work, 'keys'), 'utf8'))).toEqual([old]);
      sh(shared + prove.text.replace('[0]', `[${index}]`), gpgHome(operator));
    }
    // Until they are kept, the file has the only key there is.
    keepsShares();
    sh(shared + takeBack.text);
    sh(keep.text);

    const kept: string[] = JSON.parse(readFileSync(join(work, 'keys'), 'utf8'));
    expect([kept.length, kept.includes(old)]).toEqual([2, false]);
    const decrypt = (index: number, operator: string) =>
      sh(`echo '${kept[index]}' | base64 -d | gpg --quiet --decrypt`, gpgHome(operator));
    expect(() => decrypt(0, 'second')).toThrow('No secret key');
    const shares = OPERATORS.map((operator, index) => decrypt(index, operator));
    expect(() => rootBy([old, shares[1]])).toThrow('generate-root');
    expect(rootBy(shares)).toMatch(/^hvs\./);
    const said = readFileSync(join(work, 'kubectl.log'), 'utf8');
    expect(said).toContain('operator rekey -target=recovery -verify');
    expect([SERVICE_ACCOUNT, init.root_token, old, ...shares].filter((secret) => said.includes(secret))).toEqual([]);
  });
});
