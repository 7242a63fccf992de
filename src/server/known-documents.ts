import { createHash } from 'node:crypto';
import { HttpError } from './http-error.ts';

/** The id of a document: `sha256:` and the hash of its text, as the persisted documents of GraphQL over HTTP have it. */
export function documentIdOf(text: string): string {
  return `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`;
}

/** Documents that callers may ask by their id. */
export class KnownDocuments {
  private readonly texts: ReadonlyMap<string, string>;

  /** @param isAllowList whether nothing but these is answered. */
  constructor(
    texts: readonly string[],
    private readonly isAllowList: boolean,
  ) {
    this.texts = new Map(texts.map((text) => [documentIdOf(text), text]));
  }

  /** @throws HttpError 404 `PERSISTED_DOCUMENT_NOT_FOUND`. */
  textOf(id: string): string {
    const text = this.texts.get(id);
    if (text !== undefined) return text;
    const problem = /^sha256:[0-9a-f]{64}$/.test(id)
      ? 'No document is known by this id'
      : 'A document id is sha256: and 64 hexadecimal digits';
    const advice = this.isAllowList ? 'whence documents lists those there are.' : 'send the "query", or one that whence documents lists.';
    throw new HttpError(404, 'PERSISTED_DOCUMENT_NOT_FOUND', `${problem}: ${advice}`, { argument: 'documentId' });
  }

  /** @throws HttpError 403 `DOCUMENT_NOT_ALLOWED` when only known documents are answered and this is none of them. */
  refuseUnlessAllowed(text: string): void {
    if (!this.isAllowList || this.texts.has(documentIdOf(text))) return;
    throw new HttpError(
      403,
      'DOCUMENT_NOT_ALLOWED',
      'Only known documents are answered here: send the "documentId" of one (whence documents lists them).',
    );
  }
}
