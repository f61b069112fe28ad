import { Failure } from '../failure';

/** Who has to be through before others begin. */
export class Order {
  private readonly gates: ReadonlyMap<string, Gate>;
  private readonly failure = new AbortController();

  /**
   * @param names of all that take part
   * @param signal keeps everything from beginning
   */
  constructor(
    names: readonly string[],
    private readonly signal: AbortSignal,
  ) {
    this.gates = new Map(names.map((name) => [name, new Gate()]));
  }

  /** Aborted as soon as something failed. */
  get failed(): AbortSignal {
    return this.failure.signal;
  }

  /** Whether one is through; one that takes no part is. */
  isThrough = (name: string): boolean => this.gates.get(name)?.isOpen ?? true;

  /**
   * Begins `task` once all of `before` that take part are through.
   * @throws Failure - where one of them failed: it does not begin then
   */
  async run<T>(name: string, before: readonly string[], task: () => Promise<T>): Promise<T> {
    const gate = this.gates.get(name);
    try {
      const through = await Promise.all(before.map((other) => this.gates.get(other)?.through ?? true));
      if (through.includes(false)) throw new Failure('left out, because of what failed before');
      this.signal.throwIfAborted();
      const value = await task();
      gate?.open(true);
      return value;
    } catch (error) {
      gate?.open(false);
      this.failure.abort(new Failure('not waited for, because of what failed'));
      throw error;
    }
  }
}

class Gate {
  isOpen = false;
  private resolve: (isThrough: boolean) => void = () => {};
  readonly through = new Promise<boolean>((resolve) => {
    this.resolve = resolve;
  });

  open(isThrough: boolean): void {
    this.isOpen = isThrough;
    this.resolve(isThrough);
  }
}
