export const ExportFormat = { BUNDLE_ZIP: 'BUNDLE_ZIP' } as const;
export type ExportFormat = keyof typeof ExportFormat;

export const ExportStatus = { EXPIRED: 'EXPIRED', FAILED: 'FAILED', PENDING: 'PENDING', READY: 'READY', RUNNING: 'RUNNING' } as const;
export type ExportStatus = keyof typeof ExportStatus;

/** A file that is made in the background. Instants are text as PostgreSQL prints them, in UTC. */
export interface ExportFile {
  /** UUID. */
  readonly id: string;
  readonly format: ExportFormat;
  readonly status: ExportStatus;
  /** 0 to 1. */
  readonly progress: number;
  /** Whether people are named in it. */
  readonly isPersonal: boolean;
  /** What a browser calls it; null until it is ready. */
  readonly fileName: string | null;
  readonly byteSize: string | null;
  readonly sha256: string | null;
  readonly manifest: Readonly<Record<string, unknown>> | null;
  readonly errorMessage: string | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
}

/** Whether it stays as it is, but for its end. */
export function isSettled({ status }: ExportFile): boolean {
  return status !== 'PENDING' && status !== 'RUNNING';
}

/** Where it is got while it is there; null otherwise. */
export function downloadPath({ id, status }: ExportFile): string | null {
  return status === 'READY' ? `/api/v1/exports/${id}` : null;
}

export function isExportKey(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
