import { fixedCaller } from '../../../src/shared/caller.ts';
import { CursorCodec } from '../../../src/shared/cursor.ts';
import { type RequestContext, requestContext } from '../../../src/shared/request-context.ts';

export const codec = new CursorCodec('a secret for tests only');

export function contextOf(tenant: string): RequestContext {
  return requestContext({ ...fixedCaller, tenant }, `request-${tenant}`);
}
