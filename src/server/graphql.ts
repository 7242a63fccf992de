import { ApolloServer, type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { DocumentNode, GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { Caller, CostBudget } from '../shared/caller.ts';
import { DomainError } from '../shared/errors.ts';
import type { Log } from '../shared/log.ts';
import type { RequestContext } from '../shared/request-context.ts';
import { CostBudgets } from './cost-budget.ts';
import { maxTokens } from './document-limits.ts';
import { formatError, type RequestFacts } from './format-error.ts';
import type { GraphqlRequest } from './graphql-request.ts';
import { costOf } from './operation-cost.ts';
import { fragmentsOf, limitsRule, type OperationLimits } from './operation-limits.ts';
import type { Tracing } from './tracing.ts';

/** The answer to one operation, before it becomes HTTP or a message on a socket. */
export interface GraphqlAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLFormattedError[];
  readonly extensions?: Record<string, unknown>;
}

export interface GraphqlLimits extends OperationLimits {
  /** Cost units of one operation; see operation-cost.ts. */
  readonly cost: number;
  /** Cost units of one caller per minute; 0: no limit. */
  readonly costPerMinute: number;
}

/** Limits that no honest operation meets. */
export const usualLimits: GraphqlLimits = { depth: 20, aliases: 100, rootFields: 30, directives: 50, cost: 10_000_000, costPerMinute: 0 };

interface Executed {
  readonly answer: GraphqlAnswer;
  readonly isMethodRefused: boolean;
  /** Set when the operation may be executed; null when it is refused before, e.g. by a limit. */
  readonly prepared: PreparedOperation | null;
}

/** An operation that was parsed, fits the schema, keeps the limits and is paid for. */
export interface PreparedOperation {
  readonly document: DocumentNode;
  readonly type: 'query' | 'mutation' | 'subscription';
}

type Unformatted = Omit<GraphqlAnswer, 'errors'> & { readonly errors?: readonly unknown[] };

export interface GraphqlExecutor {
  readonly schema: GraphQLSchema;
  /** A subscription that a socket asks for is prepared only: `data` is empty, and who asked has to execute it event by event. */
  execute(request: GraphqlRequest, context: RequestContext): Promise<Executed>;
  /** What a caller learns of what graphql worked out: errors formatted and counted, notices added. */
  answerOf(result: Unformatted, context: RequestContext): GraphqlAnswer;
  costBudget(caller: Caller): CostBudget | null;
  stop(): Promise<void>;
}

/** Apollo Server behind `executeOperation`: its own HTTP layer costs 20 % of small requests, its cache control up to 52 %. */
export async function openGraphql(
  schema: GraphQLSchema,
  log: Log,
  limits: GraphqlLimits = usualLimits,
  onError: (code: unknown) => void = () => {},
  tracing: Tracing | null = null,
): Promise<GraphqlExecutor> {
  const budgets = new CostBudgets(limits.costPerMinute);
  const server = new ApolloServer<RequestContext>({
    schema,
    introspection: true,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false, // main.ts ends the server, the database last
    maxRecursiveSelections: true,
    parseOptions: { maxTokens },
    validationRules: [limitsRule(limits)],
    logger: log.child({ part: 'apollo' }, { level: log.isLevelEnabled('debug') ? 'debug' : 'warn' }),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      costPlugin(limits.cost, budgets),
      preparePlugin(),
      ...(tracing ? [namingPlugin(tracing)] : []),
    ],
    // Formatting needs the request id, which Apollo does not give here: the error itself is passed on and formatted below.
    formatError: (_formatted, error) => error as GraphQLFormattedError,
  });
  await server.start();
  const answerOf = ({ errors, ...rest }: Unformatted, context: RequestContext): GraphqlAnswer => {
    const told = errors?.map((error) => formatError(error, factsOf(context), log));
    for (const error of told ?? []) onError(error.extensions?.['code']);
    const notices = context.notices();
    const explained = notices.length > 0 ? { ...rest, extensions: { ...rest.extensions, notices } } : rest;
    return told ? { errors: told, ...explained } : explained;
  };
  const execute: GraphqlExecutor['execute'] = async ({ method, query, variables, operationName, extensions }, context) => {
    const http = { method: method === 'GET' ? 'GET' : 'POST', headers: new HeaderMap(), search: '', body: undefined };
    const operation = underWay(context);
    operation.method = method;
    const response = await server.executeOperation({ query, variables, operationName, extensions, http }, { contextValue: context });
    if (response.body.kind !== 'single') throw new Error('an incremental answer came without being asked for');
    return {
      answer: answerOf(response.body.singleResult, context),
      isMethodRefused: response.http.status === 405,
      prepared: operation.prepared,
    };
  };
  return {
    schema,
    answerOf,
    execute: tracing ? (request, context) => tracing.operation(() => execute(request, context), codeOf) : execute,
    costBudget: (caller) => budgets.left(caller),
    stop: () => server.stop(),
  };
}

const codeOf = ({ answer }: { answer: GraphqlAnswer }) => answer.errors?.map(({ extensions }) => String(extensions?.['code']))[0];

export const factsOf = ({ requestId, trace, caller }: RequestContext): RequestFacts => ({
  requestId,
  traceId: trace?.traceId,
  tenant: caller.tenant,
});

/** Tells the trace what is asked, as soon as that is known. */
function namingPlugin(tracing: Tracing): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operation, operationName }) {
          if (operation) tracing.nameOperation(operation.operation, operationName ?? undefined);
        },
      };
    },
  };
}

/** Weighs each operation before it is executed. */
function costPlugin(limit: number, budgets: CostBudgets): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ schema, document, operation, request, contextValue }) {
          if (!operation) return; // Apollo refuses it next
          const cost = costOf(schema, operation, fragmentsOf(document), request.variables ?? {});
          if (cost > limit) {
            throw new DomainError('COST_LIMIT_EXCEEDED', `The operation costs ${cost} units; at most ${limit} are allowed.`, {
              cost,
              limit,
            });
          }
          budgets.spend(contextValue.caller, cost);
        },
      };
    },
  };
}

interface UnderWay {
  method: GraphqlRequest['method'];
  prepared: PreparedOperation | null;
}

/** What plugins are told about a request, and tell. It goes by `memo`, since Apollo hands its plugins a copy of the context. */
function underWay(context: RequestContext): UnderWay {
  return context.memo(underWay, () => ({ method: 'POST', prepared: null }));
}

/** Hands out what was parsed and checked, and keeps Apollo from executing subscriptions, which it would answer like queries. */
function preparePlugin(): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document, operation, contextValue }) {
          if (!operation) return; // Apollo refuses it next
          const found = underWay(contextValue);
          const isSubscription = operation.operation === 'subscription';
          if (isSubscription && found.method !== 'SOCKET' && found.method !== 'STREAM') {
            const where = 'on a WebSocket (graphql-transport-ws at /graphql) or as server-sent events (/graphql/stream)';
            throw new DomainError('BAD_USER_INPUT', `Subscriptions are answered ${where}.`);
          }
          if (!isSubscription && found.method === 'STREAM') {
            throw new DomainError(
              'BAD_USER_INPUT',
              'Only subscriptions are answered at /graphql/stream: queries and mutations go to /graphql.',
            );
          }
          found.prepared = { document, type: operation.operation };
        },
        async responseForOperation({ operation, response }) {
          if (operation?.operation !== 'subscription') return null;
          return { ...response, body: { kind: 'single', singleResult: { data: {} } } };
        },
      };
    },
  };
}
