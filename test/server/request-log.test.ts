import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'drizzle-orm';
import { afterEach, describe, expect, it } from 'vitest';
import { openLog } from '../../src/shared/log.ts';
import { traceContextOf, traceParentOf } from '../../src/shared/trace-context.ts';
import { onEachDatabase } from '../support/databases.ts';
import { type Product, startProduct } from '../support/product.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
const personal = ['ann@example.com', 'Ann Example', '+49 30 901820', 'Elm Street 7'];
const [email, name, phone, street] = personal;

const tracingModule = /Translating \w+ \S+\/otlp-tracing/; // what holds the SDK and the exporter

let product: Product | undefined;
afterEach(async () => {
  await product?.stop();
  product = undefined;
});

describe('the log', () => {
  it('has a line per request with its id, trace and tenant, and holds neither tokens nor personal values', async () => {
    product = await startProduct({ WHENCE_LOG_LEVEL: 'trace', WHENCE_JWT_SECRET: 'kq3vZ0pTn8xYb2LwRf6uJm1sGd9hAc4e' });
    const { url, token } = product;
    const authorization = `Bearer ${token}`;
    const send = (requestId: string, body: unknown, headers: Record<string, string> = {}, search = '') =>
      fetch(`${url}/graphql${search}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-request-id': requestId,
          authorization,
          traceparent,
          'x-purpose': `asked by ${name}`,
          ...headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }).then((answer) => answer.text());
    const event = { operationName: name, details: { email, phone }, reason: { text: street } };
    const writing =
      'mutation ($input: RecordAuditEventInput!) { recordAuditEvent(input: $input) { auditEntry { origin { traceParent } } userErrors { message } } }';
    expect(await send('write', { query: writing, variables: { input: event } })).toContain(`"traceParent":"${traceparent}"`);
    await send('refused', { query: writing, variables: { input: { ...event, entityType: 'CUSTOMER', entityKey: email } } });
    await send('literal', { query: `{ customers(filter: { name: { eq: "${name}" } }) { nodes { name } } }` });
    await send('enum', { query: `{ customers(first: "${phone}") { nodes { name } } }` });
    await send('syntax', { query: `{ customers(filter: { name: "${email} }` });
    await send('json', `{"query": "${email}`);
    await send('search', { query: '{ viewer { tenantKey } }' }, {}, `?email=${email}`);
    await send('bad-token', { query: '{ viewer { tenantKey } }' }, { authorization: `Bearer ${token}x` });
    await send('bad-key', { query: '{ viewer { tenantKey } }' }, { authorization: '', 'x-api-key': `whk_${name}` });
    await fetch(`${url}/customers/${email}`, { headers: { 'x-request-id': 'nowhere', cookie: `session=${token}` } });
    await product.stop();
    const text = product.log().join('\n');
    for (const value of [...personal, token, 'kq3vZ0pTn8xYb2LwRf6uJm1sGd9hAc4e', encodeURIComponent(name ?? '')])
      expect(text).not.toContain(value);
    const lines = product.log().map((line) => JSON.parse(line));
    const lineOf = (requestId: string) => lines.find((line) => line.requestId === requestId && line.msg === 'answered');
    for (const requestId of ['write', 'refused', 'literal', 'enum', 'syntax', 'json', 'search']) {
      expect(lineOf(requestId)).toMatchObject({ route: '/graphql', traceId, status: expect.any(Number), ms: expect.any(Number) });
    }
    expect(lineOf('write')).toMatchObject({ level: 30, tenant: 'acme', status: 200 });
    expect(lineOf('bad-token')).toMatchObject({ status: 401 });
    expect(lineOf('nowhere')).toMatchObject({ status: 404 });
    expect(lineOf('nowhere').tenant).toBeUndefined();
  });

  onEachDatabase('says what failed in the database without the values of its rows', async ({ owner }) => {
    await owner.run(`create table person (email text primary key, age int check (age > 17)); insert into person values ('${email}', 40)`);
    const lines: string[] = [];
    const log = openLog('info', { write: (line) => lines.push(line) });
    const failing = [
      sql`insert into person values (${email}, 40)`,
      sql`insert into person values (${name}, ${phone}::int)`,
      sql`insert into person values (${name}, 3)`,
      sql`select (${email}::text)::jsonb`,
      sql`select nothing_of_the_kind from person`,
    ];
    for (const statement of failing) await owner.run(statement).catch((err: unknown) => log.error({ err }, 'failed'));
    log.error({ err: new Error('outer', { cause: new SyntaxError(`Unexpected token "${email}" in {"name": "${name}"}`) }) }, 'failed');
    expect(lines.map((line) => JSON.parse(line).err.sqlState)).toEqual(['23505', '22P02', '23514', '22P02', '42703', undefined]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      err: { constraint: 'person_pkey', table: 'person', at: expect.arrayContaining([expect.stringContaining('at ')]) },
    });
    for (const value of personal) expect(lines.join('\n')).not.toContain(value);
  });
});

describe('a trace', () => {
  it('is taken over from a valid header, and from no other', () => {
    expect(traceContextOf(traceparent)).toEqual({ traceId, spanId: '00f067aa0ba902b7', flags: 1 });
    expect(traceParentOf({ traceId, spanId: '00f067aa0ba902b7', flags: 1 })).toBe(traceparent);
    expect(traceContextOf(`cc-${traceId}-00f067aa0ba902b7-01-what-comes-later`)).not.toBeNull();
    for (const header of [
      undefined,
      '',
      'x',
      `ff-${traceId}-00f067aa0ba902b7-01`,
      `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
      `00-${traceId}-${'0'.repeat(16)}-01`,
      `${traceparent}-more`,
      traceparent.toUpperCase(),
    ])
      expect(traceContextOf(header)).toBeNull();
  });

  it('goes to a collector where one is named: request, operation and statements by name, without values', async () => {
    const collector = await startCollector();
    product = await startProduct({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      NODE_DEBUG: 'esm',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    });
    const query = `query Customers { customers(filter: { name: { eq: "${name}" } }) { nodes { name } } }`;
    const headers = { 'content-type': 'application/json', traceparent };
    await fetch(`${product.url}/graphql?email=${email}`, { method: 'POST', headers, body: JSON.stringify({ query }) });
    expect(await product.stop()).toBe(0);
    expect(product.log().join('\n')).toMatch(tracingModule);
    const spans = collector.spans();
    const request = spans.find((span) => span.name === 'POST /graphql');
    const operation = spans.find((span) => span.name === 'query Customers');
    const statement = spans.find((span) => span.name === 'commerce.customers');
    expect(request).toMatchObject({ traceId, parentSpanId: '00f067aa0ba902b7', kind: 2 });
    expect(operation).toMatchObject({ traceId, parentSpanId: request?.spanId });
    expect(statement).toMatchObject({ traceId, parentSpanId: operation?.spanId, kind: 3 });
    expect(collector.text()).toContain('"whence"');
    expect(collector.text()).toContain('deployment.environment.name');
    for (const value of personal) expect(collector.text()).not.toContain(value);
    await collector.close();
  });

  it('is not loaded where none is named', async () => {
    product = await startProduct({ NODE_DEBUG: 'esm' });
    expect(await product.stop()).toBe(0);
    expect(product.log().join('\n')).not.toMatch(tracingModule);
  });
});

interface Span {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

/** Takes OTLP over HTTP as JSON, as any collector does. */
async function startCollector() {
  const bodies: string[] = [];
  const bodyOf = async (request: IncomingMessage) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    return text;
  };
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      if (request.url === '/v1/traces') bodies.push(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const scopesOf = (body: string): { spans: Span[] }[] =>
    JSON.parse(body).resourceSpans.flatMap(({ scopeSpans }: { scopeSpans: unknown }) => scopeSpans);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    text: () => bodies.join('\n'),
    spans: () => bodies.flatMap((body) => scopesOf(body).flatMap(({ spans }) => spans)),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
