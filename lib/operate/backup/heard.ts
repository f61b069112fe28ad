import type { Meanwhile } from '../run';
import type { Tell } from './progress';
import { type Snapshot, type Subject, shortId } from './snapshot';

const EXPECTED = /Total bytes expected: (\d+)/;

/** What becomes of a backup, as restic says it meanwhile, as JSON. */
export class BackupHeard implements Meanwhile {
  /** Without an id until there is one. */
  snapshot: Snapshot;
  /** Bytes that were expected. */
  expected?: number;

  constructor(
    of: Subject & Pick<Snapshot, 'cluster'>,
    private readonly tell: Tell,
  ) {
    this.snapshot = { ...of, id: '', time: new Date().toISOString(), bytes: 0 };
  }

  readonly onLine = (line: string): void => {
    const { message_type, bytes_done, snapshot_id, total_bytes_processed } = JSON.parse(line);
    if (message_type === 'status') this.tell(bytes_done ?? 0, this.expected);
    if (message_type === 'summary')
      this.snapshot = { ...this.snapshot, id: shortId(snapshot_id), bytes: total_bytes_processed };
  };

  readonly onError = (line: string): void => {
    const found = EXPECTED.exec(line)?.[1];
    if (found) this.expected = Number(found);
  };
}

/** The same of a restore, of one folder after the other. */
export class RestoreHeard implements Meanwhile {
  private before = 0;

  constructor(
    private readonly total: number,
    private readonly tell: Tell,
  ) {}

  readonly onLine = (line: string): void => {
    const { message_type, bytes_restored = 0, total_bytes = 0 } = JSON.parse(line);
    if (message_type === 'status') this.tell(this.before + bytes_restored, this.total);
    if (message_type === 'summary') this.before += total_bytes;
  };
}
