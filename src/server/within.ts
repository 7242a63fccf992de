import { DomainError } from '../shared/errors.ts';

/**
 * The caller stops waiting; the work itself ends by the time limits of its statements. fastify's `handlerTimeout` does not do: it is
 * cleared as soon as the body is read (5.12).
 * @throws DomainError `DEADLINE_EXCEEDED`.
 */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DomainError('DEADLINE_EXCEEDED', 'The answer took too long.', { limitMs })), limitMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
