import { type TableFormat, tableFormats } from '../rooms/vault/table-file.ts';
import { type Invocation, UsageError } from './command.ts';

type Options = Invocation['options'];

/** The text of an option; undefined when it is not given. */
export function textOf(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** @throws UsageError when it is not given. */
export function neededText(options: Options, name: string): string {
  const value = textOf(options, name)?.trim();
  if (!value) throw new UsageError(`--${name} is missing.`);
  return value;
}

/** A whole number within bounds; undefined when it is not given. */
export function numberOf(options: Options, name: string, least: number, most: number): number | undefined {
  const value = textOf(options, name);
  if (value === undefined) return undefined;
  const number = /^[0-9]{1,12}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`--${name} is a whole number from ${least} to ${most}, not ${JSON.stringify(value.slice(0, 60))}.`);
}

/** Forms of a table, commas between. */
export function formatsOf(text: string | undefined): TableFormat[] {
  const names = text === undefined ? [] : text.toLowerCase().split(',');
  return names.map((name) => {
    const format = tableFormats.find((one) => one === name.trim());
    if (format === undefined) throw new UsageError(`--format names ${tableFormats.join(', ')}, not ${JSON.stringify(name.slice(0, 60))}.`);
    return format;
  });
}
