import { isUtf8 } from 'node:buffer';
import { pipeline, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { FastifyInstance, RequestPayload } from 'fastify';
import { refusableNumbers } from '../shared/exact-json.ts';
import { badText } from '../shared/text.ts';
import { HttpError } from './http-error.ts';

/** Other content types are refused with 415, so that no HTML form can send an operation. Bytes that are not UTF-8 are refused, not replaced. */
export function takeOnlyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (isUtf8(body)) parse(request, refusableNumbers(body.toString('utf8')), done);
    else done(badText('body'));
  });
}

const decoders = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/**
 * Takes bodies that are compressed once. fastify counts what comes out against the body limit while it comes, and stops reading there: a small
 * body that inflates without end costs no more than an honest one.
 */
export function takeCompressed(app: FastifyInstance): void {
  app.addHook('preParsing', async (request, _reply, payload) => {
    const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
    if (encoding === 'identity' || encoding === '') return payload;
    const decoder = decoders.get(encoding)?.();
    if (!decoder) {
      throw new HttpError(
        415,
        'BAD_USER_INPUT',
        'Content-Encoding must be gzip, deflate or br, once.',
        { argument: 'body' },
        {
          'accept-encoding': 'gzip, deflate, br',
        },
      );
    }
    const inflated: RequestPayload = decoder;
    inflated.receivedEncodedLength = 0;
    payload.on('data', (chunk: Buffer) => {
      inflated.receivedEncodedLength = (inflated.receivedEncodedLength ?? 0) + chunk.length;
    });
    pipeline(payload, decoder, () => {}); // what goes wrong is an error of the decoder, which fastify listens to
    return inflated;
  });
}
