import { CASES } from '../helpers/cases';
import { type KubeObject, nameOf } from '../helpers/objects';
import { synth } from '../helpers/synth';

/** What names a server of the platform, and what a client verifies it by. */
const DIALS = /https:\/\/[a-z0-9.-]+\.svc\b/;
const VERIFIES =
  /"caFile": ?"|leader_ca_cert_file = |tls_ca_cert = |provider_ca_files = |"caCertSecretRef":"platform-ca"|"caProvider":|_CACERT"/;
const LEAVES_OUT = /skipTLSVerify":true|skip_verify|insecure_skip|"insecure":true/i;

/** An object's settings, each file of a ConfigMap by itself. */
const settingsOf = ({ data = {}, ...object }: KubeObject): [string, string][] => [
  // What a server calls itself is nobody that it dials.
  [nameOf(object as KubeObject), JSON.stringify(object).replace(/"KC_HOSTNAME","value":"[^"]*"/, '')],
  ...Object.entries<string>(data)
    .filter(([key]) => key !== 'program.mjs')
    .map(([key, text]): [string, string] => [`${nameOf(object as KubeObject)} ${key}`, text]),
];

// SECURITY.md: "Either way the authority's certificate is in the ConfigMap platform-ca wherever it is needed"
test.each(Object.entries(CASES))(
  'who dials a server of %s has an authority to verify it by',
  (_title, { text, env }) => {
    const settings = synth(text, env).objects.flatMap(settingsOf);
    const dialling = settings.filter(([, one]) => DIALS.test(one));
    expect(dialling.filter(([, one]) => !VERIFIES.test(one)).map(([name]) => name)).toEqual([]);
    expect(settings.filter(([, one]) => LEAVES_OUT.test(one)).map(([name]) => name)).toEqual([]);
  },
);

test('those are programs, servers, proxies and operators', () => {
  const texts = ['web ingress', 'keys and databases elsewhere', 'the External Secrets Operator', 'kind hardened'];
  const dialling = texts
    .flatMap((title) => synth(CASES[title].text, CASES[title].env).objects.flatMap(settingsOf))
    .filter(([, one]) => DIALS.test(one));
  const names = [...new Set(dialling.map(([name]) => name.replace(/-[0-9a-f]{10}$/, '')))];
  expect(names).toEqual(
    expect.arrayContaining([
      'ConfigMap vault/vault-config vault.hcl',
      'ConfigMap platform-bootstrap/vault-bootstrap config.json',
      'ConfigMap platform-bootstrap/ssh-host-signer config.json',
      'ConfigMap boundary/boundary-bootstrap config.json',
      'ConfigMap boundary/boundary-keeper config.json',
      'Job boundary/boundary-bootstrap',
      'ConfigMap web/devenv-alice oauth2-proxy.cfg',
      'VaultConnection devenv/vault-secrets',
      'SecretStore devenv/vault-secret',
    ]),
  );
});
