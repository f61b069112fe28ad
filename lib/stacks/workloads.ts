import { DataKubernetesConfigMapV1 } from '@cdktf/provider-kubernetes/lib/data-kubernetes-config-map-v1';
import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import type { VaultFacts } from '../../constructs/core/facts';
import type { PlatformFacts } from '../charts/platform';
import type { PlatformConfig } from '../config';
import { type ManifestsChart, manifestsChart, release } from './manifests-chart';
import { PlatformStack } from './platform-stack';
import { TerraformData } from './terraform-data';

/** Every workload of the platform, as Helm releases of charts that carry the synthesized manifests verbatim. */
export class WorkloadsStack extends PlatformStack {
  readonly charts: readonly ManifestsChart[];

  constructor(
    scope: Construct,
    config: PlatformConfig,
    facts: PlatformFacts,
    files: readonly [file: string, objects: readonly object[]][],
  ) {
    super(scope, 'workloads', config);
    this.useKubernetes();
    this.useHelm();
    this.charts = files.map(([file, objects]) => manifestsChart(this, file, objects));
    const released = this.charts.map((chart) => release(this, chart));
    if (facts.authority) this.keepAuthority(facts.authority, released, facts.vault?.front);
  }

  /** Leaves the authority of what clients meet in a file: the providers of the following stacks take it from nowhere else. */
  private keepAuthority(
    { namespace, configMap }: { namespace: string; configMap: string },
    dependsOn: ReturnType<typeof release>[],
    front?: VaultFacts['front'],
  ): void {
    const published = new DataKubernetesConfigMapV1(this, 'authority', {
      metadata: { name: configMap, namespace },
      dependsOn,
    });
    // Empty where public authorities are trusted: what an earlier deploy left there must not stay.
    const certificate = front ? inOneLine(front.certificateAuthority ?? '') : published.data.lookup('ca.crt');
    // For machines that have the state and not the file.
    new TerraformOutput(this, 'certificate-authority', { value: certificate, staticId: true });
    new TerraformData(this, 'authority-file', {
      triggersReplace: { certificate },
      provisioners: [
        {
          type: 'local-exec',
          command: `mkdir -p "$(dirname "$FILE")" && printf '%s' "$CERTIFICATE" > "$FILE"`,
          environment: { CERTIFICATE: certificate, FILE: PlatformStack.CA_FILE },
        },
      ],
    });
  }
}

/** A text as Terraform's own expression: HCL has no line breaks in the texts of a map. */
const inOneLine = (text: string) => `\${base64decode("${Buffer.from(text).toString('base64')}")}`;
