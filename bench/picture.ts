import { readFileSync } from 'node:fs';

/**
 * Draws what a terminal showed at its end, from all that was written to it, as `script --quiet RECORDING` keeps it:
 * `tsx bench/picture.ts RECORDING COLUMNS > docs/images/terminal.svg`.
 */
interface Cell {
  readonly text: string;
  readonly style: string;
}

const [CHARACTER, LINE, MARGIN] = [8.43, 20, 18];
const COLOURS = ['#5c6370', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#dcdfe4'];
// biome-ignore lint/suspicious/noControlCharactersInRegex: what terminals are told begins with one
const TOKEN = /\u001b\[(?<given>[?\d;]*)(?<command>[A-Za-z])|\u001b\][^\u0007]*\u0007|./gsu;

/** A terminal, as far as programs that show their progress use one. */
class Screen {
  readonly rows: Cell[][] = [[]];
  private row = 0;
  private column = 0;
  private style: Record<string, string> = {};

  constructor(private readonly columns: number) {}

  write(text: string): void {
    for (const { 0: token, groups } of text.matchAll(TOKEN)) {
      if (groups?.command) this.obey(groups.command, groups.given);
      else if (token === '\n') this.goTo(this.row + 1, this.column);
      else if (token === '\r') this.column = 0;
      else if (token >= ' ') this.put(token);
    }
  }

  private put(text: string): void {
    if (this.column === this.columns) this.goTo(this.row + 1, 0);
    const row = this.rows[this.row];
    while (row.length < this.column) row.push({ text: ' ', style: '' });
    const style = Object.entries(this.style).map(([name, value]) => ` ${name}="${value}"`);
    row[this.column++] = { text, style: style.join('') };
  }

  private goTo(row: number, column: number): void {
    this.row = Math.max(0, row);
    this.column = Math.max(0, column);
    while (this.rows.length <= this.row) this.rows.push([]);
  }

  private obey(command: string, given: string): void {
    const count = Number(given) || 1;
    if (command === 'A') this.goTo(this.row - count, this.column);
    if (command === 'B') this.goTo(this.row + count, this.column);
    if (command === 'G') this.column = count - 1;
    if (command === 'K') this.rows[this.row] = given === '2' ? [] : this.rows[this.row].slice(0, this.column);
    if (command === 'J') this.rows.splice(this.row + 1);
    if (command === 'm') for (const code of given.split(';')) this.dress(Number(code));
  }

  private dress(code: number): void {
    if (code === 0) this.style = {};
    else if (code === 1) this.style['font-weight'] = 'bold';
    else if (code === 2) this.style.opacity = '.6';
    else if (code === 22) for (const name of ['font-weight', 'opacity']) delete this.style[name];
    else if (code === 39) delete this.style.fill;
    else if ((code >= 30 && code < 38) || (code >= 90 && code < 98)) this.style.fill = COLOURS[code % 10];
  }
}

/** Viewers would make one space of several. */
const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/ /g, '\u00a0');

/** Each stretch of one style stands where the terminal has it, however wide a viewer's characters are. */
function drawn(row: readonly Cell[], y: number): string {
  const starts = row.flatMap(({ style }, at) => (at === 0 || style !== row[at - 1].style ? [at] : []));
  const stretches = starts.map((start, index) => {
    const cells = row.slice(start, starts[index + 1]);
    const text = escaped(cells.map((cell) => cell.text).join(''));
    return `<tspan x="${(MARGIN + start * CHARACTER).toFixed(1)}"${cells[0].style}>${text}</tspan>`;
  });
  return `<text y="${y}">${stretches.join('')}</text>`;
}

const [recording, columns] = process.argv.slice(2);
const screen = new Screen(Number(columns));
screen.write(readFileSync(recording, 'utf8'));
while (screen.rows.at(-1)?.every(({ text }) => text === ' ')) screen.rows.pop();
const [width, height] = [2 * MARGIN + Number(columns) * CHARACTER, 2 * MARGIN + screen.rows.length * LINE];
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.ceil(width)} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#dcdfe4">
<title>A terminal</title>
<rect width="100%" height="100%" rx="8" fill="#1e2127"/>
${screen.rows.map((row, index) => drawn(row, MARGIN + 14 + index * LINE)).join('\n')}
</svg>`);
