import { parse, type CsvError } from 'csv-parse/browser/esm/sync';
import { DataError } from '@ebim/runtime';

/** How a text table is laid out. */
export interface DelimitedOptions {
  /** Between the fields. Default: found out from the first line of data (tab, semicolon, comma, then spaces). */
  readonly delimiter?: ',' | '\t' | ';' | ' ';
  /** Whether the first line names the columns. Default: it does when none of its fields is a number. */
  readonly header?: boolean;
}

/** The fields of a text table, not yet numbers. */
export interface TextTable {
  readonly header: readonly string[] | null;
  readonly records: readonly (readonly string[])[];
  /** Line of the file, from 1, at which each record ends. */
  readonly lines: readonly number[];
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const NOT_FINITE = /^[+-]?(nan|na|null|inf|infinity|#n\/a)$/i;

/**
 * Splits CSV, TSV, semicolon- or space-separated text into fields. Lines starting with `#` and empty lines are
 * skipped; fields may be quoted; lines may end in LF, CRLF or CR.
 *
 * @param where what is read, for messages
 * @throws {@link DataError} `bad-csv` (an unclosed quote, say), `no-rows`, `ragged-rows`
 */
export function parseDelimited(text: string, where: string, options: DelimitedOptions = {}): TextTable {
  const delimiter = options.delimiter ?? guessDelimiter(text);
  const prepared = delimiter === ' ' ? collapseSpaces(text) : text;
  // Most files of numbers have no quotes, and are then split several times faster.
  const parsed = prepared.includes('"')
    ? splitQuoted(prepared, delimiter, where)
    : splitPlain(prepared, delimiter);
  const first = parsed.at(0)?.record;
  const hasHeader = first !== undefined && (options.header ?? looksLikeHeader(first));
  const body = hasHeader ? parsed.slice(1) : parsed;
  if (body.length === 0)
    throw new DataError({
      code: 'no-rows',
      where,
      expected: 'rows of numbers',
      received: hasHeader ? 'a header line and nothing else' : 'no line of data',
    });
  const width = body[0].record.length;
  for (const { record, line } of body)
    if (record.length !== width)
      throw new DataError({
        code: 'ragged-rows',
        where: `${where}, line ${line}`,
        expected: `${width} fields, as in line ${body[0].line}`,
        received: `${record.length}`,
        hint: 'Every row needs the same number of columns.',
        details: { line, expected: width, received: record.length },
      });
  return {
    header: hasHeader ? first : null,
    records: body.map(({ record }) => record),
    lines: body.map(({ line }) => line),
  };
}

/**
 * The number that a field spells.
 *
 * @throws {@link DataError} `not-a-number`, `not-finite`, with line and column (both from 1) in `details`
 */
export function parseNumber(field: string, where: string, line: number, column: number): number {
  const value = NUMBER.test(field) ? Number(field) : NaN;
  if (Number.isFinite(value)) return value;
  const missing = field === '' || NOT_FINITE.test(field) || !Number.isNaN(value);
  throw new DataError({
    code: missing ? 'not-finite' : 'not-a-number',
    where: `${where}, line ${line}, column ${column}`,
    expected: missing ? 'a finite number' : 'a number',
    received: field === '' ? 'an empty field' : quote(field),
    hint: hintFor(field, missing),
    details: { line, column, field },
  });
}

function hintFor(field: string, missing: boolean): string {
  if (missing) return 'Remove the rows with missing values, or fill them in.';
  if (/^[+-]?\d+,\d+$/.test(field)) return 'Write decimals with a point, not a comma.';
  return 'Keep only the numeric columns (option `columns`), or start comment lines with #.';
}

interface ParsedRecord {
  readonly record: string[];
  readonly line: number;
}

function splitPlain(text: string, delimiter: string): ParsedRecord[] {
  const records: ParsedRecord[] = [];
  text.split(/\r\n|\n|\r/).forEach((content, i) => {
    if (/^\s*(#|$)/.test(content)) return;
    records.push({ record: content.split(delimiter).map((field) => field.trim()), line: i + 1 });
  });
  return records;
}

function splitQuoted(text: string, delimiter: string, where: string): ParsedRecord[] {
  try {
    const rows = parse(text, {
      delimiter,
      comment: '#',
      // A # inside a line is data (an error that names it), not a comment that silently shortens the row.
      comment_no_infix: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      info: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    return rows.map(({ record, info }) => ({ record, line: info.lines }));
  } catch (cause) {
    const { lines, message } = cause as CsvError & { lines?: number };
    throw new DataError({
      code: 'bad-csv',
      where: lines === undefined ? where : `${where}, line ${lines}`,
      expected: 'delimited text',
      received: message.replace(/\.$/, ''),
      hint: 'Close every quote and quote every field that holds one.',
      details: lines === undefined ? {} : { line: lines },
      cause,
    });
  }
}

function guessDelimiter(text: string): ',' | '\t' | ';' | ' ' {
  const line = text.split(/\r\n|\n|\r/).find((candidate) => !/^\s*(#|$)/.test(candidate)) ?? '';
  return ([';', '\t', ','] as const).find((delimiter) => line.trim().includes(delimiter)) ?? ' ';
}

const collapseSpaces = (text: string): string => text.replace(/[^\S\r\n]+/g, ' ').replace(/^ | $/gm, '');

const looksLikeHeader = (fields: readonly string[]): boolean =>
  fields.some((field) => field !== '') &&
  fields.every((field) => !NUMBER.test(field) && !NOT_FINITE.test(field));

const quote = (field: string): string => JSON.stringify(field.length > 40 ? `${field.slice(0, 40)}…` : field);
