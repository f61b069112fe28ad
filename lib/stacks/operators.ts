import { DataHelmTemplate } from '@cdktf/provider-helm/lib/data-helm-template';
import { Release } from '@cdktf/provider-helm/lib/release';
import { Fn } from 'cdktf';
import type { Construct } from 'constructs';
import type { PlatformFacts } from '../charts/platform';
import type { PlatformConfig } from '../config';
import { installsOperator } from '../config/secret-rules';
import { type ManifestsChart, manifestsChart, release } from './manifests-chart';
import { oneOperator } from './one-operator';
import { PlatformStack } from './platform-stack';

const REPOSITORY = 'https://helm.releases.hashicorp.com';

/** What the operator's chart is rendered for, to read its kinds: Helm's own default is older than the chart allows. */
const KUBERNETES = '1.34.0';

/** The version that a packed chart's file name says: left to itself, the provider takes the former one for it. */
const PACKED = /-(\d+\.\d+\.\d+)\.tgz$/;

/** What the operator's chart is told of images: where they come from, and how; the chart says which. */
function imageValues({ registry, pullPolicy }: PlatformConfig['images'], repository: string): object {
  const image = { ...(registry && { repository }), ...(pullPolicy !== 'IfNotPresent' && { pullPolicy }) };
  return Object.keys(image).length > 0 ? { image } : {};
}

/** Version of the operator's chart; nothing where a folder or an address does not say. */
const versionOf = ({ chart, chartVersion }: PlatformConfig['secrets']['operator']) =>
  chart ? PACKED.exec(chart)?.[1] : chartVersion;

function operatorValues(config: PlatformConfig, { keepsOperatorLogins, operatorImages }: PlatformFacts): object {
  const {
    images,
    secrets,
    infrastructure: { priorityClass: priorityClassName, ...place },
  } = config;
  // Charts from 2.0 on have no such container, and no values for it.
  const [major] = versionOf(secrets.operator)?.split('.') ?? [];
  const hasProxy = !(Number(major) >= 2);
  const kubeRbacProxy = hasProxy ? imageValues(images, operatorImages.kubeRbacProxy) : {};
  return {
    // Its kinds have a release of their own.
    hooks: { upgradeCRDs: { enabled: false } },
    controller: {
      ...place,
      priorityClassName,
      ...(images.pullSecrets.length > 0 && { imagePullSecrets: images.pullSecrets.map((name) => ({ name })) }),
      ...('image' in kubeRbacProxy && { kubeRbacProxy }),
      // What the Pod Security Standard `restricted` asks for and the chart leaves out.
      podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      // The chart's memory does not last for a few dozen secrets.
      manager: {
        ...imageValues(images, operatorImages.manager),
        // A lease ends with the login that made it, so logins outlive the operator's pod, encrypted by Vault. As a
        // variable, since by a value of its own the chart makes a login for that, besides the one that grants lead to.
        ...(keepsOperatorLogins && {
          extraEnv: [{ name: 'VSO_CLIENT_CACHE_PERSISTENCE_MODEL', value: 'direct-encrypted' }],
        }),
        resources: { limits: { cpu: '500m', memory: '512Mi' }, requests: { cpu: '10m', memory: '128Mi' } },
      },
    },
  };
}

/** The namespaces, and the operators that bring kinds of their own: first to come and last to go. */
export class OperatorsStack extends PlatformStack {
  readonly charts: ManifestsChart[];

  constructor(
    scope: Construct,
    config: PlatformConfig,
    facts: PlatformFacts,
    namespaces: [file: string, objects: readonly object[]],
  ) {
    super(scope, 'operators', config);
    this.useHelm();
    const chart = manifestsChart(this, ...namespaces);
    this.charts = [chart];
    const released = release(this, chart);
    if (installsOperator(config)) this.installOperator(released, chart, facts);
  }

  /** The Vault Secrets Operator after its kinds, which Helm neither upgrades nor removes where a chart brings them. */
  private installOperator(before: Release, namespaces: ManifestsChart, facts: PlatformFacts): void {
    const { namespaces: names, secrets } = this.config;
    const { chart } = secrets.operator;
    const version = versionOf(secrets.operator);
    const operator = {
      name: 'vault-secrets-operator',
      namespace: names.secretsOperator,
      ...(chart ? { chart, version } : { repository: REPOSITORY, chart: 'vault-secrets-operator', version }),
    };
    const template = new DataHelmTemplate(this, 'operator', {
      ...operator,
      includeCrds: true,
      kubeVersion: KUBERNETES,
    });
    const kinds = manifestsChart(this, 'secrets-operator-kinds', []);
    this.charts.push(kinds);
    const released = release(this, kinds, {
      values: [Fn.jsonencode({ manifests: template.crds })],
      dependsOn: [before],
      lifecycle: { precondition: oneOperator(this, kinds, namespaces) },
    });
    new Release(this, operator.name, {
      ...operator,
      skipCrds: true,
      upgradeInstall: true,
      values: [JSON.stringify(operatorValues(this.config, facts))],
      wait: true,
      timeout: 900,
      dependsOn: [released],
    });
  }
}
