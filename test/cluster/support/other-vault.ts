import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { RESTRICTED } from '../../../lib/operate/check/trial';
import { issue } from './authority';
import { makeCertificate } from './backup';
import { eventually } from './eventually';
import { applyAll, kubectl } from './kubectl';
import { workFile } from './platform';
import { must } from './run';
import { makeScratch } from './scratch';

/** Namespace of a second Vault, as docs/OPERATIONS.md names it. */
export const OTHER = 'other-vault';
/** Where commands in its pod reach it. */
const LOCAL = '127.0.0.1:8300';
/** Folder of the run that commands of documents are run in. */
const FOLDER = workFile('other-vault');

/** A client of the other Vault for whoever types commands here. */
const CLIENT = `#!/bin/sh
exec kubectl exec --stdin --namespace ${OTHER} vault -- sh -c 'VAULT_TOKEN=$(cat /tmp/token) VAULT_ADDR=http://${LOCAL} exec vault "$@"' vault "$@"
`;

/** Starts it, in memory, with a certificate of an authority of its own. */
export async function makeOther(image: string): Promise<void> {
  for (const authority of ['seal-ca', 'another-ca']) await makeCertificate(authority);
  await issue('seal-ca', 'other-vault', `DNS:vault.${OTHER}.svc`);
  await makeScratch(OTHER);
  const labels = { app: 'vault' };
  const listener = `listener "tcp" {
  address = "0.0.0.0:8200"
  tls_cert_file = "/listener/tls.crt"
  tls_key_file = "/listener/tls.key"
}
`;
  const [certificate, key] = ['crt', 'key'].map((end) => readFileSync(workFile(`other-vault.${end}`), 'utf8'));
  const volumeMounts = [{ name: 'listener', mountPath: '/listener' }];
  const flags = ['-dev', `-dev-listen-address=${LOCAL}`, '-dev-no-store-token', '-config=/listener/listener.hcl'];
  const container = { name: 'vault', image, command: ['vault', 'server', ...flags], volumeMounts };
  const more = { securityContext: { ...RESTRICTED, runAsUser: 100 }, env: [{ name: 'HOME', value: '/tmp' }] };
  await applyAll(
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'listener', namespace: OTHER },
      stringData: { 'listener.hcl': listener, 'tls.crt': certificate, 'tls.key': key },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'vault', namespace: OTHER, labels },
      spec: {
        containers: [{ ...container, ...more }],
        volumes: [{ name: 'listener', secret: { secretName: 'listener' } }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'vault', namespace: OTHER },
      spec: { selector: labels, ports: [{ port: 8200 }] },
    },
  );
  await kubectl(['wait', 'pod/vault', '-n', OTHER, '--for=condition=Ready', '--timeout=60s']);
  const root = await eventually(async () => {
    const token = /Root Token: (\S+)/.exec(await kubectl(['logs', '-n', OTHER, 'vault']))?.[1];
    if (!token) throw new Error('the other Vault does not say its token');
    return token;
  }, 30);
  await kubectl(['exec', '-i', '-n', OTHER, 'vault', '--', 'sh', '-c', 'cat >/tmp/token'], { input: root });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}/vault`, CLIENT);
  chmodSync(`${FOLDER}/vault`, 0o755);
}

/** Whether clients find it. */
export const connectOther = (on: boolean): Promise<string> => {
  const patch = JSON.stringify({ spec: { selector: { app: on ? 'vault' : 'nothing' } } });
  return kubectl(['patch', 'service', 'vault', '-n', OTHER, '-p', patch]);
};

/** Runs commands of a document as its administrator, where `ca.crt` is this authority's. */
export async function asItsAdministrator(commands: string, authority: string): Promise<void> {
  copyFileSync(workFile(`${authority}.crt`), `${FOLDER}/ca.crt`);
  const env = { PATH: [FOLDER, process.env.PATH].join(delimiter) };
  await must('sh', ['-e', '-c', `cd '${FOLDER}'\n${commands}`], { env });
}

/** What the platform's Vault trusts the other one by. */
export const giveAuthority = (name: string): Promise<string> => {
  const patch = JSON.stringify({ data: { 'ca.crt': readFileSync(workFile(`${name}.crt`), 'utf8') } });
  return kubectl(['patch', 'configmap', 'seal-ca', '-n', 'vault', '--type=merge', '-p', patch]);
};
