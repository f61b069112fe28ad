import { Failure } from './failure';

/**
 * Asks somebody to type a word before something is done that cannot be undone.
 * @throws Failure - when it is not typed, or nobody is there to ask
 */
export async function confirm(what: string, word: string): Promise<void> {
  if (!process.stdin.isTTY) throw new Failure(`${what}: nobody is there to ask; give --yes if that is meant`);
  const { isCancel, text } = await import('@clack/prompts');
  const typed = await text({ message: `${what}. Type ${word} to go on.` });
  if (isCancel(typed) || typed !== word) throw new Failure('nothing is changed');
}

/** Asks for what nobody is to see. @throws Failure - when somebody would rather not say it */
export async function askSecret(message: string): Promise<string> {
  const { isCancel, password } = await import('@clack/prompts');
  const given = await password({ message });
  if (isCancel(given)) throw new Failure('nothing is changed');
  return given ?? '';
}
