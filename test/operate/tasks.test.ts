import { tellWaiting } from '../../lib/operate/tasks';

/** What is shown, one after the other, of what is waited for in three looks. */
function shown(isTTY: boolean): string[] {
  const before = process.stdout.isTTY;
  process.stdout.isTTY = isTTY;
  const told: string[] = [];
  const task = {
    set output(text: string) {
      told.push(text);
    },
  };
  tellWaiting(task, ['a', 'b'], []);
  tellWaiting(task, ['a', 'b'], ['a', 'b']);
  tellWaiting(task, ['b', 'c'], ['a', 'b']);
  process.stdout.isTTY = before;
  return told;
}

test('what is waited for is told once, where nothing is overwritten', () => {
  expect(shown(false)).toEqual(['a\nb', 'c']);
  expect(shown(true)).toEqual(['a\nb', 'a\nb', 'b\nc']);
});
