/** Values by their keys. */
export type Values = Readonly<Record<string, string>>;

/** Where what people write for environments stands. */
export interface SecretStore {
  /** What people know it by. */
  readonly name: string;
  /** All values; none where nobody has written any yet. */
  read(): Promise<Values>;
  /** Sets some, and leaves the others as they are. */
  write(values: Values): Promise<void>;
  /** @throws Failure - where a key cannot be taken away from here */
  expectRemovable?(key: string): void;
  /** Takes one away, and leaves the others as they are. */
  remove(key: string): Promise<void>;
}
