import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Release, type ReleaseConfig } from '@cdktf/provider-helm/lib/release';
import { CHART_FILE_EXTENSION, toYaml } from '../charts/write';
import type { PlatformStack } from './platform-stack';

/** A file of manifests as a Helm chart that carries it verbatim, and what its release's value `manifests` adds. */
export interface ManifestsChart {
  readonly stack: string;
  readonly name: string;
  readonly version: string;
  readonly objects: readonly object[];
}

/** `20-vault.k8s.yaml` as the chart `vault`. Its version changes with its content, or Helm would see no difference. */
export function manifestsChart(stack: PlatformStack, file: string, objects: readonly object[]): ManifestsChart {
  const name = (file.split('/').pop() ?? file).replace(CHART_FILE_EXTENSION, '').replace(/^\d+-/, '');
  const digest = createHash('sha256').update(JSON.stringify(objects)).digest('hex').slice(0, 12);
  return { stack: stack.id, name, version: `0.1.0-x${digest}`, objects };
}

/** What Helm's release of a chart is called. */
export const releaseName = ({ config }: PlatformStack, { name }: ManifestsChart): string =>
  `${config.terraform.releasePrefix}-${name}`;

/** Releases a chart. Objects that `kubectl apply` made are adopted. */
export function release(
  stack: PlatformStack,
  chart: ManifestsChart,
  more: Pick<ReleaseConfig, 'values' | 'dependsOn' | 'lifecycle'> = {},
): Release {
  const { terraform } = stack.config;
  return new Release(stack, chart.name, {
    name: releaseName(stack, chart),
    // Beside what no release of ours deletes; the objects name their own namespaces.
    namespace: terraform.releaseNamespace,
    ...(terraform.releaseNamespace !== 'kube-system' && { createNamespace: true }),
    chart: `./charts/${chart.name}`,
    version: chart.version,
    takeOwnership: true,
    // A release that failed is in no state: without this, its name would be taken for ever.
    upgradeInstall: true,
    wait: true,
    waitForJobs: true,
    timeout: 900,
    maxHistory: 3,
    ...more,
  });
}

/** Read as text, so that braces in the manifests are not taken for templates; further ones come as values. */
const TEMPLATE = `{{ .Files.Get "manifests.yaml" }}
{{- range .Values.manifests }}
---
{{ . }}
{{- end }}
`;

/** Writes a chart where its stack's Terraform finds it. */
export function writeChart(chart: ManifestsChart, outdir: string): void {
  const folder = join(outdir, 'stacks', chart.stack, 'charts', chart.name);
  mkdirSync(join(folder, 'templates'), { recursive: true });
  const about = { apiVersion: 'v2', name: chart.name, version: chart.version, type: 'application' };
  // What makes it a chart comes last, or one that is read meanwhile would be empty.
  writeFileSync(join(folder, 'manifests.yaml'), toYaml(chart.objects));
  writeFileSync(join(folder, 'templates', 'manifests.yaml'), TEMPLATE);
  writeFileSync(join(folder, 'Chart.yaml'), toYaml([about]));
}
