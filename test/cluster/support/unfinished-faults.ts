import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scaleAuthority } from './authority';
import type { Fault } from './fault';
import { find, kubectl } from './kubectl';
import { workFile } from './platform';
import { must } from './run';
import { folder, succeeds } from './stacks';

const BOOTSTRAP = 'platform-bootstrap';
const AUTHORITY = 'certificate-authority-key';
const CRD = 'vaultconnections.secrets.hashicorp.com';
const HELD = ['-n', BOOTSTRAP, '-l', 'app.kubernetes.io/instance=certificate-authority'];

const patchAuthority = (certificate: string) =>
  kubectl(['patch', 'secret', AUTHORITY, '-n', BOOTSTRAP, '-p', JSON.stringify({ data: { 'tls.crt': certificate } })]);

let good: string;

/** The authority's own key with a certificate that has ended. What keeps certificates is away: it would publish that. */
async function expireAuthority(): Promise<void> {
  await scaleAuthority(0);
  await kubectl(['wait', 'pod', ...HELD, '--for=delete', '--timeout=60s'], { seconds: 70 });
  const { data } = await find('secret', BOOTSTRAP, AUTHORITY);
  good = data['tls.crt'];
  const [key, request, certificate] = ['key', 'csr', 'crt'].map((end) => workFile(`ended-ca.${end}`));
  writeFileSync(key, Buffer.from(data['tls.key'], 'base64'), { mode: 0o600 });
  try {
    await must('openssl', ['req', '-new', '-key', key, '-subj', '/CN=ended', '-out', request]);
    await must('openssl', ['x509', '-req', '-in', request, '-signkey', key, '-days', '-1', '-out', certificate]);
  } finally {
    rmSync(key);
  }
  await patchAuthority(readFileSync(certificate).toString('base64'));
}

const annotate = (change: string) =>
  kubectl(['annotate', 'namespace', 'vault', `agent-sandbox.dev/restored-from${change}`]);
const journal = () => join(folder(), '.agent-sandbox/upgrade.json');

/** Names of the releases that doctor has forgotten where a kind is gone. */
const RELEASES = 'owner=helm,name in (agent-sandbox-secrets,agent-sandbox-secrets-operator-kinds)';

/** What was begun, or was there, and is not whole any more. */
export const UNFINISHED: Readonly<Record<string, Fault>> = {
  'an authority that ended': {
    plant: expireAuthority,
    cause: /nothing that it signed is trusted/,
    mend: async () => {
      await patchAuthority(good);
      await scaleAuthority(1);
    },
  },
  'a kind that is gone': {
    plant: () => kubectl(['delete', 'customresourcedefinition', CRD], { seconds: 120 }),
    cause: /the cluster does not know it/,
    // As doctor says it.
    mend: async () => {
      await kubectl(['delete', 'secret', '-n', 'kube-system', '-l', RELEASES]);
      await succeeds('up');
      await kubectl(['get', 'vaultconnection', 'vault-secrets', '-n', 'devenv']);
    },
  },
  'a restore that was broken off': {
    plant: () => annotate('=planted'),
    cause: /backup planted is put back in part/,
    mend: () => annotate('-'),
  },
  'an upgrade that was broken off': {
    plant: async () => writeFileSync(journal(), JSON.stringify({ after: '' })),
    cause: /was begun, and is not over/,
    mend: async () => rmSync(journal()),
  },
};
