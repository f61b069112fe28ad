import { sessionTable } from '../helpers/session-table';

test('a table of sessions has what each person saw, and when a new one opened', () => {
  const base = { what: 'n1: devenv-0', silentSec: 0.44, againSec: 19.66 };
  const rows = [
    { ...base, to: 'devenv-0', ended: 'Connection | closed\r\nby peer' },
    { ...base, to: 'devenv-1' },
    { ...base, to: 'devenv-2', ended: '' },
  ];
  expect(sessionTable('Drained, with', rows).split('\n')).toEqual([
    '| Drained, with | Session to | What the person saw | A new one opens after |',
    '| --- | --- | --- | --- |',
    '| n1: devenv-0 | devenv-0 | ends ("Connection \\| closed; by peer") | 19.7 s |',
    '| n1: devenv-0 | devenv-1 | goes on, 0.4 s of silence at most | 19.7 s |',
    '| n1: devenv-0 | devenv-2 | ends | 19.7 s |',
  ]);
});
