import { App, Chart } from 'cdk8s';
import {
  BoundaryControl,
  CertificateAuthority,
  configure,
  DevEnvStatefulSet,
  GeneratedSecrets,
  Keycloak,
  Postgres,
  podPeer,
  type Settings,
  VaultCluster,
  VsoBinding,
  WebAccess,
} from '../../constructs';
import type { KubeObject } from './objects';

export interface SmallPlatform {
  readonly chart: Chart;
  readonly authority: CertificateAuthority;
  readonly vault: VaultCluster;
  readonly boundary: BoundaryControl;
  readonly keycloak: Keycloak;
  readonly database: Postgres;
  readonly secrets: GeneratedSecrets;
  readonly delivery: VsoBinding;
  readonly devenv: DevEnvStatefulSet;
  readonly web: WebAccess;
  /** Pods of an application that is no part of the platform. */
  readonly client: ReturnType<typeof podPeer>;
}

export interface Outcome {
  readonly objects: readonly KubeObject[];
  readonly facts: { readonly vault: VaultCluster['facts']; readonly boundary: BoundaryControl['facts'] };
}

/** A line that a construct refuses when it is made or synthesized, and what it says. */
export type Refused = [title: string, line: (platform: SmallPlatform) => unknown, message: string | RegExp];

/** One of each construct with no relation between them but those they need, and what `relate` adds. */
export function smallPlatform(relate: (platform: SmallPlatform) => void = () => {}, settings: Settings = {}): Outcome {
  const app = new App();
  configure(app, settings);
  const chart = new Chart(app, 'platform', { disableResourceNameHashes: true });
  const authority = new CertificateAuthority(chart, 'authority');
  const vault = new VaultCluster(chart, 'vault', { authority });
  const boundary = new BoundaryControl(chart, 'boundary', { authority, vault });
  const keycloak = new Keycloak(chart, 'keycloak', { authority });
  const secrets = new GeneratedSecrets(chart, 'secrets', { namespace: 'other' });
  const database = new Postgres(chart, 'database', { namespace: 'other', name: 'store', database: 'store', secrets });
  const delivery = new VsoBinding(chart, 'delivery', { vault, namespace: 'devenv' });
  const devenv = new DevEnvStatefulSet(chart, 'devenv', { replicas: 2, secretDelivery: delivery });
  const web = new WebAccess(chart, 'web', { authority, identity: keycloak.identityFor('web') });
  const client = podPeer(chart, 'clients', { name: 'client', instance: 'client', component: 'application' });
  relate({ chart, authority, vault, boundary, keycloak, database, secrets, delivery, devenv, web, client });
  return { objects: chart.toJson(), facts: { vault: vault.facts, boundary: boundary.facts } };
}
