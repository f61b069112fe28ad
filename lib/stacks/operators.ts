import { Release } from '@cdktf/provider-helm/lib/release';
import type { Construct } from 'constructs';
import type { PlatformConfig } from '../config';
import { type ManifestsChart, manifestsChart, release } from './manifests-chart';
import { PlatformStack } from './platform-stack';

const REPOSITORY = 'https://helm.releases.hashicorp.com';

const OPERATOR_VALUES = {
  controller: {
    // What the Pod Security Standard `restricted` asks for and the chart leaves out.
    podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    // The chart's memory does not last for a few dozen secrets.
    manager: { resources: { limits: { cpu: '500m', memory: '512Mi' }, requests: { cpu: '10m', memory: '128Mi' } } },
  },
};

/** The namespaces, and the operators that bring kinds of their own: first to come and last to go. */
export class OperatorsStack extends PlatformStack {
  readonly charts: readonly ManifestsChart[];

  constructor(scope: Construct, config: PlatformConfig, namespaces: [file: string, objects: readonly object[]]) {
    super(scope, 'operators', config);
    this.useHelm();
    const chart = manifestsChart(this, ...namespaces);
    this.charts = [chart];
    const released = release(this, chart, []);
    const { delivery, operator } = config.secrets;
    if (delivery !== 'vso' || !operator.install) return;
    new Release(this, 'vault-secrets-operator', {
      name: 'vault-secrets-operator',
      namespace: config.namespaces.secretsOperator,
      ...(operator.chart
        ? { chart: operator.chart }
        : { repository: REPOSITORY, chart: 'vault-secrets-operator', version: operator.chartVersion }),
      values: [JSON.stringify(OPERATOR_VALUES)],
      wait: true,
      timeout: 900,
      dependsOn: [released],
    });
  }
}
