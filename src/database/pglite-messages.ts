// What the parent and the PGlite thread say to each other.

export interface WorkerStart {
  /** PostgreSQL's own folder; null keeps everything in memory. */
  readonly folder: string | null;
  /** A tar made by `dump`, to start from instead of an empty database. */
  readonly snapshot: Uint8Array | null;
  readonly parameters: string[];
}

export type WorkerRequest =
  | { readonly id: number; readonly kind: 'run'; readonly text: string; readonly params: (string | null)[] | null }
  | { readonly id: number; readonly kind: 'close' }
  | { readonly id: number; readonly kind: 'dump' };

export interface WorkerAnswer {
  /** 0: the database is ready. */
  readonly id: number;
  readonly rows: readonly (readonly (string | null)[])[];
  readonly columns: readonly { readonly name: string; readonly oid: number }[];
  readonly command: string;
  readonly dump?: Uint8Array;
}

export interface WorkerFault {
  readonly id: number;
  readonly error: { readonly message: string; readonly code?: string; readonly severity?: string } & Readonly<
    Record<string, string | undefined>
  >;
}
