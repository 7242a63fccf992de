/** The file that is taken, as its content names it: under another name it is the same file. */
export interface SourceFile {
  readonly source: 'online-retail' | 'oracle-co';
  readonly name: string;
  /** Of the content, in hex. Together with a line's number it is the key of that line. */
  readonly sha256: string;
}

/** When and why something happened, as the source says it. */
export interface Circumstances {
  /** RFC 3339; null where the source gives no time: the entry then carries the time of the import. */
  readonly occurredAt: string | null;
  /** Null where the source gives none. */
  readonly reason: string | null;
  readonly reasonCode: string;
  readonly reference: string | null;
  /** What the source says beside what the tables hold. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** A line that cannot be taken, and why. */
export interface Reject {
  /** Where the line is, when the import takes several files. */
  readonly file?: string;
  /** Counted from 1, the header is line 1. */
  readonly line: number;
  readonly cause: string;
  /** As far as it can be shown. */
  readonly text: string;
}

/** The run of the day that is being taken. */
export interface OpenRun {
  readonly id: string;
  /** Time of the last line taken, RFC 3339. */
  readonly lastAt: string;
  readonly lines: number;
}

/** Where an import of a file stands. */
export interface Standing {
  readonly linesTaken: number;
  readonly openRun: OpenRun | null;
  /** Null while lines are missing. */
  readonly finishedAt: string | null;
}

/** What was made, by name; a name that is missing counts 0. */
export type Counts<Name extends string = string> = Partial<Record<Name, number>>;

export interface ImportReport<Name extends string = string> {
  readonly linesRead: number;
  readonly taken: number;
  /** Lines that an earlier run took. */
  readonly alreadyTaken: number;
  readonly rejected: number;
  /** Made by this run alone. */
  readonly made: Counts<Name>;
  /** Ctrl-C came before the end. */
  readonly stopped: boolean;
}

export interface ImportOptions {
  readonly tenant: string;
  /** Called with the number of lines read so far, and of all of them. */
  readonly progress?: (done: number, total: number) => void;
  readonly reject?: (reject: Reject) => void;
  /** Aborted: the transaction under way is finished, then the import ends. */
  readonly stop?: AbortSignal;
}

export function addCounts(sum: Counts, more: Counts): Counts {
  const result = { ...sum };
  for (const [name, number] of Object.entries(more)) result[name] = (result[name] ?? 0) + (number ?? 0);
  return result;
}
