export function writeStacks(_: unknown): void {}
