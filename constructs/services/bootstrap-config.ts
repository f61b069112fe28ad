import { PACKED, pack } from '../core/packed';

const textOf = (values: Readonly<Record<string, unknown>>): string => JSON.stringify(values, null, 2);

/** What a program is told. Values that become too long to be read as they are stand beside the others, packed. */
export class BootstrapConfig {
  private readonly values: Record<string, unknown> = {};

  /** @param packable keys of values that may become too long */
  constructor(private readonly packable: readonly string[] = []) {}

  /** Lists get what they lack, everything else is set. */
  set(values: Readonly<Record<string, unknown>>): void {
    for (const [key, value] of Object.entries(values)) {
      const before = this.values[key];
      this.values[key] = Array.isArray(before) && Array.isArray(value) ? union(before, value) : value;
    }
  }

  /** All of it. */
  text(): string {
    return textOf(this.values);
  }

  /** What is not packed. */
  readable(): string {
    const long = Object.keys(this.packed() ?? {});
    return textOf(Object.fromEntries(Object.entries(this.values).filter(([key]) => !long.includes(`${key}${PACKED}`))));
  }

  /** Values that are too long to stand beside the program, by the files that they are in. */
  packed(): Record<string, string> | undefined {
    const long = this.packable.flatMap((key) => {
      const bytes = pack(this.values[key]);
      return bytes ? [[`${key}${PACKED}`, bytes] as const] : [];
    });
    return long.length > 0 ? Object.fromEntries(long) : undefined;
  }
}

const union = (list: readonly unknown[], more: readonly unknown[]): unknown[] => [
  ...new Map([...list, ...more].map((value) => [JSON.stringify(value), value])).values(),
];
