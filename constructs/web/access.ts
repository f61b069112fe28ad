import { Construct } from 'constructs';
import type { Principal } from '../core/principal';
import type { Environment } from '../environments/environment';
import { Exposure } from '../network/exposure';
import type { CertificateAuthority } from '../services/certificate-authority';
import { GeneratedSecrets } from '../services/generated-secrets';
import type { IdentityProvider } from '../services/identity-provider';
import { LoginProxy } from './login-proxy';

export interface WebAccessProps {
  /** Namespace of the proxies; it holds nothing that an environment could reach. @default 'web' */
  readonly namespace?: string;
  /** @default 'quay.io/oauth2-proxy/oauth2-proxy:v7.15.6-alpine' */
  readonly image?: string;
  /** Issues the proxies' certificates. `grantAccess` needs it. */
  readonly authority?: CertificateAuthority;
  /** Logs people in. `grantAccess` needs it. */
  readonly identity?: IdentityProvider;
  /** How browsers reach each environment. @default Exposure.internal() */
  readonly exposure?: (environment: Environment) => Exposure;
  /** Where an environment's proxy is made. @default - in this construct */
  readonly scopeFor?: (environment: Environment) => Construct;
}

/** Browsers' way to port 8080 of environments: for each a proxy of its own that asks for a login. */
export class WebAccess extends Construct {
  readonly namespace: string;
  private readonly proxies = new Map<string, LoginProxy>();
  private readonly open = new Set<string>();
  private secrets?: GeneratedSecrets;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: WebAccessProps,
  ) {
    super(scope, id);
    this.namespace = props.namespace ?? 'web';
  }

  /**
   * Lets a person or group use the web server of an environment after a login: the proxy with its host name and
   * certificate, its list of who may pass, the client at the identity provider, and the routes from browsers to the
   * proxy and from there to the environment and the identity provider.
   *
   * @throws without an identity provider and an authority; for a person and a group both, if the identity provider
   * has no claim that lists both
   */
  grantAccess(principal: Principal, environment: Environment): void {
    this.proxyOf(environment).admit(principal);
  }

  /** Lets everybody who reaches the address use the web server of an environment, without any login. */
  grantAnyone(environment: Environment): void {
    if (this.open.has(environment.name)) return;
    this.open.add(environment.name);
    environment.exposeWeb(this.exposureOf(environment));
  }

  private exposureOf(environment: Environment): Exposure {
    return this.props.exposure?.(environment) ?? Exposure.internal();
  }

  private proxyOf(environment: Environment): LoginProxy {
    const before = this.proxies.get(environment.name);
    if (before) return before;
    const { authority, identity, image, scopeFor = () => this } = this.props;
    if (!authority || !identity)
      throw new Error(`environment "${environment.name}": WebAccess needs an identity provider and an authority`);
    this.secrets ??= new GeneratedSecrets(this, 'secrets', { namespace: this.namespace });
    const proxy = new LoginProxy(scopeFor(environment), `web-${environment.name}`, {
      namespace: this.namespace,
      image: image ?? 'quay.io/oauth2-proxy/oauth2-proxy:v7.15.6-alpine',
      environment,
      authority,
      identity,
      secrets: this.secrets,
      exposure: this.exposureOf(environment),
    });
    this.proxies.set(environment.name, proxy);
    return proxy;
  }
}
