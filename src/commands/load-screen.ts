// The live part of a load at a terminal: a line for each image that is coming, redrawn in place below what was said.
import { stripVTControlCharacters } from 'node:util';
import { humanSize } from './human-size.ts';
import { Rate } from './rate.ts';
import type { LoadNumbers } from '../transfer/image-load.ts';
import type { RunningRead } from '../transfer/load.ts';

/** What is coming or going; its numbers change. */
export interface Moving {
  readonly name: string;
  readonly numbers: Pick<LoadNumbers, 'total' | 'done' | 'fetched'>;
}

export interface Screen {
  /** Counts so many images more, below the lines of those that are coming. */
  expected(images: number): void;
  reading(archive: RunningRead): void;
  hasRead(name: string): void;
  begun(moving: Moving): void;
  ended(name: string): void;
  /** A line that stays, above those that move. */
  say(line: string): void;
  /** Takes the moving lines away. */
  close(): void;
}

interface ScreenOutput {
  readonly columns?: number;
  write(text: string): unknown;
}

const REDRAW_MS = 200;
/** More than these would scroll a small terminal, where nothing can be redrawn. */
const MAX_LINES = 12;
const upAndClear = '\x1b[1A\x1b[2K';

export function loadScreen(output: ScreenOutput, now: () => number = () => performance.now()): Screen {
  const reads = new Map<string, { readonly read: RunningRead; readonly rate: Rate }>();
  const running = new Map<string, { readonly moving: Moving; readonly rate: Rate }>();
  let drawn = 0;
  let images = 0;
  let done = 0;
  const clear = (): string => `\r${upAndClear.repeat(drawn)}`;
  const draw = (above = ''): void => {
    const width = Math.max(20, (output.columns ?? 80) - 1);
    const shown = [...running.values()].slice(0, MAX_LINES - reads.size);
    const lines = [
      ...reads.values().map(({ read, rate }) => readingLine(read, rate, now(), width)),
      ...shown.map(({ moving, rate }) => runningLine(moving, rate, now(), width)),
    ];
    if (running.size > 0 && images > 0)
      lines.push(`${done} of ${images} images done, ${running.size} coming`.slice(0, width));
    output.write(`${clear()}${above}${lines.map((line) => `${line}\n`).join('')}`);
    drawn = lines.length;
  };
  const timer = setInterval(() => draw(), REDRAW_MS);
  timer.unref();
  return {
    expected: (more) => void (images += more),
    reading(read) {
      reads.set(read.name, { read, rate: new Rate() });
      draw();
    },
    hasRead(name) {
      reads.delete(name);
      draw();
    },
    begun(moving) {
      running.set(moving.name, { moving, rate: new Rate() });
      draw();
    },
    ended(name) {
      running.delete(name);
      done += 1;
    },
    say: (line) => draw(`${stripVTControlCharacters(line)}\n`),
    close() {
      clearInterval(timer);
      running.clear();
      reads.clear();
      if (drawn > 0) draw();
    },
  };
}

/** As in `docker.io/library/nginx:1.27   42%  12.3 MB of 29.1 MB  4.1 MB/s  4 s left`. */
function runningLine({ name, numbers }: Moving, rate: Rate, now: number, width: number): string {
  const { done, total, fetched } = numbers;
  const perSecond = rate.note(now, fetched);
  return line(name, total === 0 ? 'asking for its manifests' : progress(done, total, perSecond), width);
}

/** As in `shop.tar   42%  4.2 GB of 10.0 GB  310.0 MB/s  19 s left`; of standard input nobody knows the end. */
function readingLine({ name, done, total }: RunningRead, rate: Rate, now: number, width: number): string {
  const perSecond = rate.note(now, done);
  const facts =
    total === undefined ? `${humanSize(done)} read` : progress(done, Math.max(total, 1), perSecond);
  return line(name, facts, width);
}

function progress(done: number, total: number, perSecond: number): string {
  return [
    `${String(Math.min(100, Math.floor((done / total) * 100))).padStart(3)}%`,
    `${humanSize(done)} of ${humanSize(total)}`.padStart(20),
    perSecond > 0 ? `${humanSize(Math.round(perSecond))}/s`.padStart(11) : ''.padStart(11),
    perSecond > 0 ? timeLeft((total - done) / perSecond).padStart(12) : '',
  ].join('  ');
}

function line(name: string, facts: string, width: number): string {
  const room = Math.max(8, width - facts.length - 2);
  const short = name.length > room ? `…${name.slice(1 - room)}` : name.padEnd(room);
  return `${short}  ${facts}`.slice(0, width);
}

/** @param seconds until the end, at this rate */
function timeLeft(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s left`;
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min left`;
  return `${(seconds / 3600).toFixed(1)} h left`;
}
