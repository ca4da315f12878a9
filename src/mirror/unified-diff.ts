// A unified diff of one stretch: from the first line that differs to the last.

const CONTEXT = 3;

/** As `diff -u` writes it, and `patch` reads it; undefined stands for a file that is not there. */
export function unifiedDiff(path: string, before: string | undefined, after: string | undefined): string {
  const [old, now] = [linesOf(before), linesOf(after)];
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < shorter - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const from = Math.max(0, head - CONTEXT);
  const [oldEnd, nowEnd] = [old.length - tail, now.length - tail];
  const trailing = Math.min(tail, CONTEXT);
  const range = (end: number): string => {
    const count = end + trailing - from;
    return `${count === 0 ? from : from + 1},${count}`;
  };
  return [
    `--- ${before === undefined ? '/dev/null' : path}\n`,
    `+++ ${after === undefined ? '/dev/null' : path}\n`,
    `@@ -${range(oldEnd)} +${range(nowEnd)} @@\n`,
    ...old.slice(from, head).map((line) => marked(' ', line)),
    ...old.slice(head, oldEnd).map((line) => marked('-', line)),
    ...now.slice(head, nowEnd).map((line) => marked('+', line)),
    ...old.slice(oldEnd, oldEnd + trailing).map((line) => marked(' ', line)),
  ].join('');
}

/** Each with its line feed, if it has one. */
function linesOf(text = ''): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function marked(mark: string, line: string): string {
  return line.endsWith('\n') ? `${mark}${line}` : `${mark}${line}\n\\ No newline at end of file\n`;
}
