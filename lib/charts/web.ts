import type { Construct } from 'constructs';
import {
  type CertificateAuthority,
  type Environment,
  type IdentityProvider,
  type Keycloak,
  WebAccess,
} from '../../constructs';
import type { PlatformConfig } from '../config';
import { admissions, asksOnTheWeb } from '../relations/entries';
import { each } from '../relations/relation';
import { exposures } from './exposures';
import { PlatformChart } from './platform-chart';

/** Proxies in one file: a Helm release of them stays well below the 1 MiB that its record may have. */
const PROXIES_PER_CHART = 50;

/** Who identifies people to a part of the platform: the configuration's provider, or Keycloak by a client of its own. */
export function identityOf(
  { oidc }: PlatformConfig,
  keycloak: Keycloak | undefined,
  client: string,
): IdentityProvider | undefined {
  return oidc ?? keycloak?.identityFor(client);
}

/** Web access to port 8080 of every environment. */
export function makeWeb(
  app: Construct,
  config: PlatformConfig,
  environments: readonly Environment[],
  uses: { authority?: CertificateAuthority; keycloak?: Keycloak },
): void {
  const chart = new PlatformChart(app, '55-web');
  const web = new WebAccess(chart, 'web', {
    namespace: config.namespaces.web,
    image: config.images.oauth2Proxy,
    authority: uses.authority,
    identity: identityOf(config, uses.keycloak, 'web'),
    exposure: exposures(config).web,
    scopeFor: (environment) =>
      PlatformChart.nth(chart, Math.floor(environments.indexOf(environment) / PROXIES_PER_CHART)),
  });
  if (!asksOnTheWeb(config)) {
    for (const environment of environments) web.grantAnyone(environment);
    return;
  }
  for (const [principal, environment] of each(admissions(config), environments))
    web.grantAccess(principal, environment);
}
