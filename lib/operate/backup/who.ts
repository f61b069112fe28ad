import { hostname } from 'node:os';

/** Who runs this program where, as far as the name of a file can say it. */
export const who = (): string => {
  const { USER, LOGNAME } = process.env;
  return `${USER || LOGNAME || 'somebody'}@${hostname()}`.replace(/[^A-Za-z0-9@._]+/g, '_').slice(0, 60);
};

/** The same, and which process, for who comes later. */
export const whoNow = (): string => `${who()}/${process.pid}`;

/** Whether a process of this person on this machine was meant that is gone. */
export function isGone(by: string | undefined): boolean {
  const [name, pid] = by?.split('/') ?? [];
  if (name !== who() || !pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
