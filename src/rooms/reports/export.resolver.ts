import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { RequiresScope } from '../../shared/access.directives.ts';
import { ListSize } from '../../shared/connection.directives.ts';
import { encodeGlobalId, keyOfGlobalId, notAGlobalId } from '../../shared/global-id.ts';
import { bySource } from '../../shared/live-source.ts';
import { PageArgs } from '../../shared/page.args.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { NodeRegistry } from '../commerce/node-registry.ts';
import { CreateDebugBundleInput, CreateDebugBundlePayload } from './export.args.ts';
import { downloadPath, type ExportFile, isExportKey } from './export.model.ts';
import type { ExportService } from './export.service.ts';
import { ExportConnectionType, ExportType } from './export.type.ts';

@Resolver(() => ExportType)
export class ExportResolver {
  constructor(private readonly exportService: ExportService) {}

  @RequiresScope('ADMIN')
  @ListSize()
  @Query(() => ExportConnectionType, { nullable: true, description: 'Files made in the background, newest first.' })
  exports(@Args(() => PageArgs) args: PageArgs, @Ctx() ctx: RequestContext): Promise<Page<ExportFile>> {
    return this.exportService.exports(ctx, args);
  }

  @RequiresScope('ADMIN')
  @Mutation(() => CreateDebugBundlePayload, {
    nullable: true,
    description: 'Starts making a support bundle: log excerpt, statistics, versions, manifest.',
  })
  async createDebugBundle(
    @Arg('input', () => CreateDebugBundleInput, { description: 'Input.' }) input: CreateDebugBundleInput,
    @Ctx() ctx: RequestContext,
  ): Promise<object> {
    const { id, userErrors } = await this.exportService.createDebugBundle(ctx, input);
    return { export: id === null ? null : await this.exportService.byId(ctx, id), userErrors };
  }

  @RequiresScope('ADMIN')
  @Subscription(() => ExportType, { nullable: true, subscribe: bySource, description: 'Progress of a file, up to its end.' })
  exportProgress(@Root() event: ExportFile, @Arg('exportId', () => ID, { description: 'Which.' }) _exportId: string): ExportFile {
    return event;
  }

  exportProgressSource({ exportId }: { readonly exportId: string }, ctx: RequestContext): AsyncGenerator<ExportFile, void, void> {
    return this.exportService.progressOf(ctx, exportKey(keyOfGlobalId(exportId, 'Export', 'exportId'), 'exportId'));
  }

  @FieldResolver(() => ID, { description: 'Global id.' })
  id(@Root() { id }: ExportFile): string {
    return encodeGlobalId('Export', id);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Path on the server where it is got, with the same credentials; valid for one hour, null before and after.',
  })
  downloadUrl(@Root() file: ExportFile): string | null {
    return downloadPath(file);
  }
}

export function registerExportNodes(registry: NodeRegistry, exports: ExportService): NodeRegistry {
  return registry.register('Export', async (ctx, key, argument) => await exports.byId(ctx, exportKey(key, argument)));
}

function exportKey(key: string, argument: string): string {
  if (!isExportKey(key)) throw notAGlobalId(argument);
  return key;
}
