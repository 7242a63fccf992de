import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { parse } from 'graphql';
import { documentIdOf } from './server/known-documents.ts';
import { ConfigError } from './shared/errors.ts';
import { packageRoot } from './shared/package-root.ts';

/** A document that callers may ask by its id. */
export interface KnownDocument {
  readonly id: string;
  /** Its file, or its key in a manifest. */
  readonly name: string;
  /** As it is in the file: the id is the hash of exactly this. */
  readonly text: string;
}

const maxFileBytes = 8 * 1_048_576;

/**
 * The operations that come with the product (schema/operations), then those of `path`: a folder of `.graphql` files, one of them, or a JSON
 * manifest as code generators write it (an object of documents by their hashes). Each once.
 * @throws ConfigError naming WHENCE_DOCUMENTS.
 */
export function readDocuments(path: string | null): KnownDocument[] {
  const own = fromFolder(join(packageRoot, 'schema', 'operations'));
  const added = path === null ? [] : readAdded(path);
  return [...new Map([...own, ...added].map((document) => [document.id, document])).values()];
}

function readAdded(path: string): KnownDocument[] {
  let found: KnownDocument[];
  try {
    found = statSync(path).isDirectory() ? fromFolder(path) : extname(path) === '.json' ? fromManifest(path) : [fromFile(path, path)];
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw wrong(`names ${path}, which cannot be read`, error);
  }
  for (const { name, text } of found) {
    try {
      parse(text, { noLocation: true });
    } catch (error) {
      throw wrong(`holds ${name}, which is no GraphQL document`, error);
    }
  }
  return found;
}

function fromFolder(folder: string): KnownDocument[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(graphql|gql)$/.test(name));
  return names.sort().map((name) => fromFile(join(folder, name), name));
}

function fromFile(file: string, name: string): KnownDocument {
  if (statSync(file).size > maxFileBytes) throw wrong(`holds ${name}, which is longer than ${maxFileBytes} bytes`);
  const text = readFileSync(file, 'utf8');
  return { id: documentIdOf(text), name, text };
}

function fromManifest(file: string): KnownDocument[] {
  const manifest: unknown = JSON.parse(fromFile(file, file).text);
  const texts = typeof manifest === 'object' && manifest !== null && !Array.isArray(manifest) ? Object.entries(manifest) : [];
  if (texts.length === 0) throw wrong(`names ${file}, which must be an object of documents by their hashes`);
  return texts.map(([name, text]) => {
    if (typeof text !== 'string') throw wrong(`names ${file}, where ${JSON.stringify(name)} is no document`);
    return { id: documentIdOf(text), name, text };
  });
}

function wrong(problem: string, cause?: unknown): ConfigError {
  return new ConfigError(`WHENCE_DOCUMENTS ${problem}.`, { cause });
}
