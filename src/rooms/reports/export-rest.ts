import { DomainError } from '../../shared/errors.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { RestFile, type RestRequest, type RestRoute } from '../../shared/rest.ts';
import { isExportKey } from './export.model.ts';
import type { ExportService } from './export.service.ts';
import type { ExportMaker } from './export-maker.ts';

/** GET /api/v1/exports/:id: the file itself, for an ADMIN of its tenant, and for who may see people when it names them. */
export function exportRoutes(exports: ExportService, maker: ExportMaker): RestRoute[] {
  const file = async (ctx: RequestContext, { names }: RestRequest) => {
    const id = names['id'] ?? '';
    const found = isExportKey(id) ? await exports.byId(ctx, id) : null;
    if (found?.status !== 'READY') throw new DomainError('NOT_FOUND', 'There is no such file, or it is not there any more.');
    if (found.isPersonal && !ctx.caller.scopes.has('PII_READ')) {
      throw new DomainError('FORBIDDEN', 'People are named in it: this needs the permission PII_READ.', { scope: 'PII_READ' });
    }
    const written = found.manifest?.['audit_records_exported'];
    ctx.reads?.list('Export.downloadUrl', typeof written === 'number' ? written : 0, true);
    return new RestFile(maker.pathOf(id), found.fileName ?? `${id}.zip`, 'application/zip');
  };
  return [{ method: 'GET', path: '/api/v1/exports/:id', scope: 'ADMIN', answer: file }];
}
