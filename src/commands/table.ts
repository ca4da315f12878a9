// Tables that people read: aligned columns under their titles.

export interface Column<Row> {
  readonly title: string;
  readonly right?: true;
  readonly cell: (row: Row, now: Date) => string;
}

/** One line a row, in the order of the rows. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], now: Date): string {
  const lines = rows.map((row) => columns.map(({ cell }) => cell(row, now)));
  const all = [columns.map(({ title }) => title), ...lines];
  const widths = columns.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const text = all.map((cells) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return columns[column]?.right ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return `${text.join('\n')}\n`;
}

/** `3h ago`; a time to come is a clock that was set back, and counts as now. */
export function age(time: string | undefined, now: Date): string {
  if (time === undefined) return '-';
  const minutes = Math.max(0, Math.floor((now.getTime() - Date.parse(time)) / 60_000));
  if (Number.isNaN(minutes)) return '-';
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes}m ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)}h ago`;
  return `${Math.floor(minutes / (24 * 60))}d ago`;
}
