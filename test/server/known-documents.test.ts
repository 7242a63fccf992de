import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDocuments } from '../../src/documents.ts';
import type { HttpServer } from '../../src/server/http.ts';
import { ConfigError, DomainError } from '../../src/shared/errors.ts';
import { connectRaw } from '../support/raw-socket.ts';
import { bareSchema } from '../support/schema.ts';
import { post, reply, startTestServer } from '../support/test-server.ts';

const text = '# Who asks?\nquery Viewer($count: Int) { viewer { tenantKey } echo(count: $count) }\n';
const documentId = `sha256:${createHash('sha256').update(text).digest('hex')}`;
const change = 'mutation Change { change }';
const changeId = `sha256:${createHash('sha256').update(change).digest('hex')}`;
const folder = mkdtempSync(join(tmpdir(), 'whence-documents-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let server: HttpServer;
let strict: HttpServer;
beforeAll(async () => {
  server = await startTestServer({ documents: { texts: [text, change], isAllowList: false } });
  strict = await startTestServer({ documents: { texts: [text, change], isAllowList: true } });
});
afterAll(() => Promise.all([server.close(), strict.close()]));

const get = async (search: Record<string, string>, headers: Record<string, string> = { authorization: 'Bearer x' }) =>
  reply(await fetch(`${server.url}/graphql?${new URLSearchParams(search)}`, { headers }));

describe('a known document is asked by its id', () => {
  it('by GET with the header Authorization alone, by POST, and on a socket', async () => {
    const answer = { data: { viewer: { tenantKey: 'demo' }, echo: { count: 3 } } };
    expect(await get({ documentId, variables: '{"count":3}' })).toMatchObject({ status: 200, ...answer });
    expect(await post(server, { documentId, variables: { count: 3 }, operationName: 'Viewer' })).toMatchObject({ status: 200, ...answer });
    expect(await post(server, { extensions: { persistedQuery: { version: 1, sha256Hash: documentId.slice(7) } } })).toMatchObject({
      status: 200,
    });
    const raw = await connectRaw(server.url);
    raw.send({ id: '1', type: 'subscribe', payload: { query: '', documentId, variables: { count: 3 } } });
    expect(await raw.until(({ id }) => id === '1')).toMatchObject({ type: 'next', payload: answer });
    raw.socket.close();
  });

  it('is no way for a page of another site, and changes nothing by GET', async () => {
    expect(await get({ documentId }, {})).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    expect(await get({ documentId: changeId })).toMatchObject({ status: 405 });
    expect(await post(server, { documentId: changeId })).toMatchObject({ data: { change: 'changed' } });
  });

  it.each([
    ['an id that is not known', { documentId: `sha256:${'0'.repeat(64)}` }, 404, 'PERSISTED_DOCUMENT_NOT_FOUND'],
    ['an id of another form', { documentId: 'toString' }, 404, 'PERSISTED_DOCUMENT_NOT_FOUND'],
    ['an id in capitals', { documentId: documentId.toUpperCase() }, 404, 'PERSISTED_DOCUMENT_NOT_FOUND'],
    ['an id that is no text', { documentId: 5 }, 400, 'BAD_USER_INPUT'],
    ['an id beside a document', { documentId, query: text }, 400, 'BAD_USER_INPUT'],
    ['a hash that is not known', { extensions: { persistedQuery: { sha256Hash: 'a'.repeat(64) } } }, 404, 'PERSISTED_DOCUMENT_NOT_FOUND'],
  ])('%s is refused', async (_, body, status, code) => {
    expect(await post(server, body)).toMatchObject({ status, code });
  });
});

describe('with known documents only', () => {
  it('the known are answered, by id and by their text', async () => {
    expect(await post(strict, { documentId })).toMatchObject({ status: 200, errors: undefined });
    expect(await post(strict, { query: text })).toMatchObject({ status: 200, errors: undefined });
  });

  it.each(['{ viewer { tenantKey } }', `${text} `, '{ __schema { types { name } } }', '{ nonsense '])('%s is refused', async (query) => {
    expect(await post(strict, { query })).toMatchObject({ status: 403, code: 'DOCUMENT_NOT_ALLOWED' });
  });

  it('it holds on sockets too, for one operation at a time', async () => {
    const raw = await connectRaw(strict.url);
    raw.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { silence }' } });
    expect(await raw.until(({ id }) => id === '1')).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'DOCUMENT_NOT_ALLOWED' } }],
    });
    raw.send({ id: '2', type: 'subscribe', payload: { query: text } });
    expect(await raw.until(({ id }) => id === '2')).toMatchObject({ type: 'next' });
    raw.socket.close();
  });
});

describe('the documents of an installation', () => {
  it('are those of the product, all of which fit the schema', () => {
    const own = readDocuments(null);
    expect(own.map(({ name }) => name)).toContain('price-history.graphql');
    const schema = bareSchema();
    for (const document of own) expect(validate(schema, parse(document.text)), document.name).toEqual([]);
  });

  it('and those of a folder, a file or a manifest, each once', () => {
    mkdirSync(join(folder, 'deep'));
    writeFileSync(join(folder, 'deep', 'viewer.graphql'), text);
    writeFileSync(join(folder, 'again.gql'), text);
    writeFileSync(join(folder, 'notes.txt'), 'nothing');
    const manifest = join(folder, 'documents.json');
    writeFileSync(manifest, JSON.stringify({ [documentId.slice(7)]: text, other: change }));
    const ofProduct = readDocuments(null).length;
    const added = (path: string) =>
      readDocuments(path)
        .slice(ofProduct)
        .map(({ id }) => id);
    expect(added(folder)).toEqual([documentId]);
    expect(added(join(folder, 'again.gql'))).toEqual([documentId]);
    expect(added(manifest)).toEqual([documentId, changeId]);
  });

  it.each([
    ['a folder that is not there', 'nowhere', ''],
    ['a document that is none', 'wrong.graphql', '{ viewer '],
    ['a manifest that is no JSON', 'wrong.json', '{'],
    ['a manifest of another form', 'list.json', '["{ __typename }"]'],
    ['a manifest with a document that is no text', 'number.json', '{"a": 5}'],
  ])('%s ends the start in one line', (_, name, content) => {
    const path = join(folder, name);
    if (content !== '') writeFileSync(path, content);
    const read = () => readDocuments(path);
    expect(read).toThrow(ConfigError);
    expect(read).not.toThrow(DomainError);
    expect(read).toThrow(/^WHENCE_DOCUMENTS [^\n]+\.$/);
  });
});
