import { Ctx, Query, Resolver } from 'type-graphql';
import type { ErrorCode } from '../../shared/errors.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { ErrorCodeType, errorCodes } from './error-code.type.ts';
import { ViewerType } from './viewer.type.ts';

@Resolver()
export class ViewerResolver {
  @Query(() => ViewerType, { nullable: true, description: 'The caller.' })
  viewer(@Ctx() { caller, costBudget }: RequestContext): ViewerType {
    return { tenantKey: caller.tenant, scopes: [...caller.scopes], costBudget: costBudget() };
  }

  @Query(() => [ErrorCodeType], { nullable: true, description: 'All values of extensions.code.' })
  errorCodes(): readonly ErrorCode[] {
    return errorCodes;
  }
}
