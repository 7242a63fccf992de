// What the parent and the PGlite thread say to each other.

export interface WorkerStart {
  /** PostgreSQL's own folder. */
  readonly folder: string;
  readonly parameters: string[];
}

export type WorkerRequest =
  | { readonly id: number; readonly kind: 'run'; readonly text: string; readonly params: (string | null)[] | null }
  | { readonly id: number; readonly kind: 'close' };

export interface WorkerAnswer {
  /** 0: the database is ready. */
  readonly id: number;
  readonly rows: readonly (readonly (string | null)[])[];
  readonly columns: readonly { readonly name: string; readonly oid: number }[];
  readonly command: string;
}

export interface WorkerFault {
  readonly id: number;
  readonly error: { readonly message: string; readonly code?: string; readonly severity?: string } & Readonly<
    Record<string, string | undefined>
  >;
}
