import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';

/** A chart that becomes one file of the output. */
export class PlatformChart extends Chart {
  /** Folder of the file below the output, '' for the output itself. */
  readonly folder: string;

  constructor(scope: Construct, id: string, { folder = '' }: { folder?: string } = {}) {
    super(scope, id, { disableResourceNameHashes: true });
    this.folder = folder;
  }
}
