import type { Database } from '../../database/database.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import { CommerceService } from '../commerce/commerce.service.ts';
import { AuditService } from './audit.service.ts';
import { PointService } from './point.service.ts';
import { ShopMoments } from './shop-moments.ts';

/** The shop and its trail, which lean on each other, over one database. */
export function shopTrail(
  database: Database,
  codec: CursorCodec,
): { moments: ShopMoments; commerce: CommerceService; audit: AuditService } {
  const moments = new ShopMoments(database, new PointService(database, codec));
  const commerce = new CommerceService(database, codec, moments);
  return { moments, commerce, audit: new AuditService(database, codec, commerce) };
}
