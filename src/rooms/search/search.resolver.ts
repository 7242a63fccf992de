import { Args, Ctx, Query, Resolver } from 'type-graphql';
import { Cost } from '../../shared/connection.directives.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { SearchHit } from './search.model.ts';
import type { SearchService } from './search.service.ts';
import { SearchArgs, SearchHitConnectionType } from './search.type.ts';

@Resolver()
export class SearchResolver {
  constructor(private readonly searchService: SearchService) {}

  @Cost(10)
  @Query(() => SearchHitConnectionType, { nullable: true, description: 'Full-text search over keys, names, reasons and summaries.' })
  search(@Args(() => SearchArgs) args: SearchArgs, @Ctx() ctx: RequestContext): Promise<Page<SearchHit>> {
    return this.searchService.search(ctx, args);
  }
}
