import { clusterInWords } from './cluster/which';
import { INTERRUPTED } from './exits';
import { Failure } from './failure';

/** Of a question that is interrupted. */
const cancelled = () => new Failure('interrupted: nothing is changed', INTERRUPTED);

/**
 * Asks somebody to type a word before something is done in the cluster that cannot be undone, and says which that is.
 * @throws Failure - when it is not typed, or nobody is there to ask
 */
export async function confirm(what: string, word: string): Promise<void> {
  return confirmHere(`in ${await clusterInWords()} ${what}`, word);
}

/** The same of what is done in no cluster. */
export async function confirmHere(asked: string, word: string): Promise<void> {
  if (!process.stdin.isTTY) throw new Failure(`${asked}: nobody is there to ask; give --yes if that is meant`);
  const { isCancel, text } = await import('@clack/prompts');
  const typed = await text({ message: `${asked}. Type ${word} to go on.` });
  if (isCancel(typed)) throw cancelled();
  if (typed !== word) throw new Failure('nothing is changed');
}

/** Asks for what nobody is to see. @throws Failure - when somebody would rather not say it */
export async function askSecret(message: string): Promise<string> {
  const { isCancel, password } = await import('@clack/prompts');
  const given = await password({ message });
  if (isCancel(given)) throw cancelled();
  return given ?? '';
}
