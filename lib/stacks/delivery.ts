import type { Construct } from 'constructs';
import type { PlatformConfig } from '../config';
import { type ManifestsChart, manifestsChart, release } from './manifests-chart';
import { PlatformStack } from './platform-stack';

/** The objects of kinds that operators bring: they go before their operator does. */
export class DeliveryStack extends PlatformStack {
  readonly charts: readonly ManifestsChart[];

  constructor(scope: Construct, config: PlatformConfig, files: readonly [file: string, objects: readonly object[]][]) {
    super(scope, 'delivery', config);
    this.useHelm();
    this.charts = files.map(([file, objects]) => manifestsChart(this, file, objects));
    for (const chart of this.charts) release(this, chart);
  }
}
