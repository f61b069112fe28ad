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

  /** One of a series of files beside `first`, made when it is first asked for: number 0 is `first`, 1 is `<id>-002`. */
  static nth(first: PlatformChart, index: number, id = first.node.id): PlatformChart {
    if (index === 0) return first;
    const { root } = first.node;
    const name = `${id}-${String(index + 1).padStart(3, '0')}`;
    return (root.node.tryFindChild(name) as PlatformChart | undefined) ?? new PlatformChart(root, name);
  }
}
