import { type Make, nameAt } from '../../images/bootstrap/src/backup';

export const day = (date: number) => new Date(Date.UTC(2026, 10, date, 3));
/** What backups of these days are called. */
export const names = (...dates: number[]) => dates.map((date) => nameAt(day(date)));
/** A backup of nine bytes. */
export const content: Make = async (write) => {
  await write(Buffer.from('some'));
  await write(Buffer.from('thing'));
  return 9;
};
