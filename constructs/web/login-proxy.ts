import { type ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { type Identity, metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { type ContainerSpec, podTemplate, port } from '../core/pod';
import type { Principal } from '../core/principal';
import { toldOfRenewal } from '../core/renewal';
import { resources } from '../core/resources';
import { readAtStart } from '../core/settings';
import type { Environment } from '../environments/environment';
import { urlOf } from '../network/endpoint';
import type { Exposure } from '../network/exposure';
import { ANYWHERE, allow, type PodPeer, podPeer } from '../network/peer';
import { type CertificateAuthority, subjectNames } from '../services/certificate-authority';
import type { GeneratedSecrets } from '../services/generated-secrets';
import {
  CLIENT_SECRET_KEY,
  type IdentityProvider,
  registerClient,
  resolvedClaims,
} from '../services/identity-provider';

interface LoginProxyProps {
  readonly namespace: string;
  readonly image: string;
  readonly environment: Environment;
  readonly authority: CertificateAuthority;
  readonly identity: IdentityProvider;
  readonly secrets: GeneratedSecrets;
  readonly exposure: Exposure;
}

const SERVICE_PORT = 443;
const PORT = 8443;
const FILES = '/etc/login-proxy';
const PROVIDER_CA = 'provider-ca.crt';

type Config = Record<string, string | boolean | readonly string[]>;

/** The proxy before one environment's web server; made by `WebAccess`. */
export class LoginProxy extends Construct {
  private readonly identity: Identity;
  private readonly peer: PodPeer;
  private readonly principals: Principal[] = [];
  private readonly redirectUri: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: LoginProxyProps,
  ) {
    super(scope, id);
    const { namespace, environment, exposure, authority, secrets } = props;
    const { name } = environment;
    this.identity = { name: 'login-proxy', instance: name, component: 'proxy' };
    this.peer = podPeer(this, namespace, this.identity, `web-${name}`);
    const external = exposure.expose({
      pods: this.peer,
      name,
      port: SERVICE_PORT,
      targetPort: PORT,
      protocol: 'https',
      serviceName: name,
    });
    this.redirectUri = `${urlOf(external)}/oauth2/callback`;
    const inside = [name, `${name}.${namespace}`, `${name}.${namespace}.svc`];
    authority.issue({
      namespace,
      secretName: `${name}-tls`,
      ...subjectNames([...inside, 'localhost', external.host]),
    });
    // One for each proxy: an environment's server sees its visitors' cookies, which must open nothing else.
    secrets.add({ secretName: `${name}-cookie`, values: { 'cookie-secret': '{{password cookie 32}}' } });
    this.makeConfig();
    registerClient(props.identity, secrets, { namespace, redirectUri: this.redirectUri }, this.makeServer());
    environment.allowWebFrom(this.peer);
    this.allowToProvider();
  }

  /** Lets a principal pass. */
  admit(principal: Principal): void {
    const { principals } = this;
    if (principals.some(({ kind, name }) => kind === principal.kind && name === principal.name)) return;
    principals.push(principal);
    this.claim();
  }

  /** The one claim that tells whether a person may pass. */
  private claim(): string {
    const { identity, environment } = this.props;
    const { usernameClaim, groupsClaim } = resolvedClaims(identity);
    if (identity.principalsClaim) return identity.principalsClaim;
    const kinds = new Set(this.principals.map(({ kind }) => kind));
    if (kinds.size > 1)
      throw new Error(
        `environment "${environment.name}" lets in a person and a group: name a claim of ${identity.issuer} that lists both in principalsClaim`,
      );
    return kinds.has('user') ? usernameClaim : groupsClaim;
  }

  private allowToProvider(): void {
    const { endpoints, issuer } = this.props.identity;
    const [peer, number] = endpoints
      ? [endpoints.peer, endpoints.port]
      : [{ ...ANYWHERE, name: 'identity-provider' }, Number(new URL(issuer).port || 443)];
    allow(this.peer, peer, [{ port: number }]);
  }

  /** The proxy's configuration, as far as it holds no secret. */
  private config(): Config {
    const { environment, identity } = this.props;
    const { clientId, clientSecretName, principalsClaim, groupPrefix = '' } = identity;
    const { usernameClaim, scopes } = resolvedClaims(identity);
    return {
      https_address: `:${PORT}`,
      tls_cert_file: `${FILES}/tls/tls.crt`,
      tls_key_file: `${FILES}/tls/tls.key`,
      upstreams: [environment.webUrl],
      redirect_url: this.redirectUri,
      provider: 'oidc',
      skip_provider_button: true,
      client_id: clientId,
      client_secret_file: clientSecretName ? `${FILES}/client/${CLIENT_SECRET_KEY}` : '/dev/null',
      code_challenge_method: 'S256',
      insecure_oidc_skip_nonce: false,
      scope: ['openid', ...scopes].join(' '),
      ...fromProvider(identity),
      // Who passes is told by one claim alone, so that a person and a group can both be let in.
      email_domains: ['*'],
      oidc_email_claim: usernameClaim,
      oidc_groups_claim: this.claim(),
      allowed_groups: this.principals.map(({ kind, name }) =>
        principalsClaim && kind === 'group' ? `${groupPrefix}${name}` : name,
      ),
      // Bound to one host name: no other can set it.
      cookie_name: `__Host-${environment.name}`,
      cookie_secret_file: `${FILES}/cookie/cookie-secret`,
      cookie_samesite: 'lax',
      cookie_expire: '8h',
      session_cookie_minimal: true,
      pass_basic_auth: false,
      silence_ping_logging: true,
    };
  }

  /** As TOML, of which JSON's texts, truth values and lists of texts are a part. */
  private configText(): string {
    return Object.entries(this.config())
      .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
      .join('');
  }

  private makeConfig(): void {
    const { namespace, environment, identity } = this.props;
    new k8s.KubeConfigMap(this, 'config', {
      metadata: metadataOf(this, this.identity, environment.name, namespace),
      data: {
        'oauth2-proxy.cfg': Lazy.any({ produce: () => this.configText() }),
        ...(identity.certificateAuthority && { [PROVIDER_CA]: identity.certificateAuthority }),
      },
    });
  }

  private makeServer(): ApiObject {
    const { namespace, environment } = this.props;
    const metadata = metadataOf(this, this.identity, environment.name, namespace);
    new k8s.KubeService(this, 'service', {
      metadata,
      spec: {
        selector: selectorOf(this.identity),
        ports: [{ name: 'https', port: SERVICE_PORT, targetPort: port(PORT) }],
      },
    });
    return new k8s.KubeDeployment(this, 'deployment', {
      metadata,
      spec: {
        replicas: 1,
        revisionHistoryLimit: 2,
        selector: { matchLabels: selectorOf(this.identity) },
        template: this.template(),
      },
    });
  }

  private template(): k8s.PodTemplateSpec {
    const { environment, identity } = this.props;
    const { name } = environment;
    const secrets = [
      ['tls', `${name}-tls`],
      ['cookie', `${name}-cookie`],
      ...(identity.clientSecretName ? [['client', identity.clientSecretName]] : []),
    ];
    return podTemplate(this, {
      identity: this.identity,
      ids: { user: 65532, group: 65532 },
      // The list of who may pass, too.
      annotations: readAtStart(() => this.configText()),
      containers: [this.container(secrets.map(([volume]) => volume))],
      spec: {
        volumes: [
          { name: 'config', configMap: { name } },
          ...secrets.map(([volume, secretName]) => ({ name: volume, secret: { secretName } })),
        ],
      },
    });
  }

  private container(secrets: readonly string[]): ContainerSpec {
    const { image, identity } = this.props;
    const probe = (path: string) => ({ httpGet: { path, port: port(PORT), scheme: 'HTTPS' }, periodSeconds: 10 });
    return {
      name: 'login-proxy',
      image,
      // It reads these files at a start only, so a renewed one ends it, and the kubelet starts it again.
      command: toldOfRenewal(
        ['/bin/oauth2-proxy', `--config=${FILES}/config/oauth2-proxy.cfg`],
        [
          `${FILES}/tls/tls.crt`,
          ...(identity.endpoints ? [`${FILES}/tls/ca.crt`] : []),
          ...(identity.clientSecretName ? [`${FILES}/client/${CLIENT_SECRET_KEY}`] : []),
        ],
        'TERM',
      ),
      ports: [{ name: 'https', containerPort: PORT }],
      readinessProbe: probe('/ready'),
      livenessProbe: probe('/ping'),
      resources: resources(['10m', '32Mi'], ['500m', '128Mi']),
      volumeMounts: [
        { name: 'config', mountPath: `${FILES}/config`, readOnly: true },
        ...secrets.map((volume) => ({ name: volume, mountPath: `${FILES}/${volume}`, readOnly: true })),
      ],
    };
  }
}

/** Where the provider is asked what, and by whose certificate it is known. */
function fromProvider({ issuer, endpoints, certificateAuthority }: IdentityProvider): Config {
  return {
    oidc_issuer_url: issuer,
    ...(endpoints && {
      skip_oidc_discovery: true,
      login_url: endpoints.authorization,
      redeem_url: endpoints.token,
      oidc_jwks_url: endpoints.keys,
      profile_url: endpoints.userinfo,
      provider_ca_files: [`${FILES}/tls/ca.crt`],
    }),
    ...(certificateAuthority && { provider_ca_files: [`${FILES}/config/${PROVIDER_CA}`] }),
  };
}
