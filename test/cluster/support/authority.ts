import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { find, kubectl, list } from './kubectl';
import { workFile } from './platform';
import { must } from './run';

const BOOTSTRAP = 'platform-bootstrap';
const BUNDLE = 'platform-ca';

const secretText = async (namespace: string, name: string, key: string): Promise<string> =>
  Buffer.from((await find('secret', namespace, name)).data[key], 'base64').toString();

/** The certificate that a server is given to show. */
export const certificateOf = async (namespace: string, secretName = `${namespace}-tls`): Promise<X509Certificate> =>
  new X509Certificate(await secretText(namespace, secretName, 'tls.crt'));

const pems = (text: string): string[] => text.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g) ?? [];

/** The authorities that programs of the bootstrap's namespace trust, first the one that signs. */
export const trusted = async (): Promise<string[]> => pems((await find('configmap', BOOTSTRAP, BUNDLE)).data['ca.crt']);

/** Whatever is published as trusted, anywhere, each text once. */
export async function published(): Promise<string[]> {
  const objects = await list('configmaps,secrets');
  const program = objects.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'certificate-authority',
  );
  const { certificates } = JSON.parse(program.data['config.json']);
  const issued = certificates.map((one: Record<string, string>) => `${one.namespace}/${one.secretName}`);
  const texts = objects.flatMap(({ kind, metadata: { namespace, name }, data }) => {
    if (name !== BUNDLE && !(kind === 'Secret' && issued.includes(`${namespace}/${name}`))) return [];
    return kind === 'Secret' ? Buffer.from(data['ca.crt'], 'base64').toString() : data['ca.crt'];
  });
  return [...new Set<string>(texts)];
}

/** Ends or begins the program that keeps certificates. */
export const scaleAuthority = (replicas: number): Promise<string> =>
  kubectl(['scale', 'deployment/certificate-authority', '-n', BOOTSTRAP, `--replicas=${replicas}`]);

/** Makes an authority that nobody trusts. */
export async function makeForeignAuthority(): Promise<void> {
  const authority = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=another authority'];
  const files = ['-keyout', workFile('foreign-ca.key'), '-out', workFile('foreign-ca.crt')];
  await must('openssl', ['req', ...authority, ...files]);
}

/** A key and a certificate for these names in the run's folder, signed by an authority that is there, too. */
export async function issue(authority: string, name: string, subjectAltName: string): Promise<void> {
  const [key, request, certificate, extensions] = ['key', 'csr', 'crt', 'ext'].map((end) => workFile(`${name}.${end}`));
  const made = ['-new', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', key, '-out', request];
  await must('openssl', ['req', ...made]);
  const script = `echo "subjectAltName=$1" > "$2" && openssl x509 -req -in "$3" -CA "$4" -CAkey "$5" -days 2 -extfile "$2" -out "$6"`;
  const ca = [`${authority}.crt`, `${authority}.key`].map(workFile);
  await must('sh', ['-c', script, 'sh', subjectAltName, extensions, request, ...ca, certificate]);
}

/** Gives a server a certificate for the same names that the foreign authority has signed. */
export async function giveForeign(namespace: string, secretName = `${namespace}-tls`): Promise<void> {
  const names = ((await certificateOf(namespace, secretName)).subjectAltName ?? '').replaceAll('IP Address', 'IP');
  await issue('foreign-ca', 'foreign', names);
  const [crt, privateKey] = ['foreign.crt', 'foreign.key'].map((file) =>
    readFileSync(workFile(file)).toString('base64'),
  );
  const patch = JSON.stringify({ data: { 'tls.crt': crt, 'tls.key': privateKey } });
  await kubectl(['patch', 'secret', secretName, '-n', namespace, '-p', patch]);
}

/** Has the steps of a replacement follow each other sooner: kubelets are hastened here. */
export async function hurry(settleSec: number): Promise<void> {
  const { data } = await find('configmap', BOOTSTRAP, 'replace-authority');
  const config = { ...JSON.parse(data['config.json']), settleSec };
  const patch = JSON.stringify({ data: { 'config.json': JSON.stringify(config) } });
  await kubectl(['patch', 'configmap', 'replace-authority', '-n', BOOTSTRAP, '--type=merge', '-p', patch]);
}
