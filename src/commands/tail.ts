import { instantFromInput } from '../shared/instant.ts';
import { type Command, type Invocation, UsageError } from './command.ts';
import { textOf } from './option.ts';

export const tail: Command = {
  name: 'tail',
  summary: 'Print entries of the trail as they are committed.',
  usage: `whence tail [--url URL] [--table TABLE] [--actor NAME] [--operation OPERATION] [--run RUN] [--text WORDS]
            [--since TIME | --after CURSOR] [--json]

Follows the feed of a running server until Ctrl-C, also when the connection is lost or the server restarts: no entry is left out.
URL is http://127.0.0.1:4000 unless told otherwise; WHENCE_TOKEN holds a token or WHENCE_API_KEY an API key where the server wants one.
--since begins with entries that happened from an instant on (RFC 3339), --after behind a cursor; else with what comes next.
--json prints an object a line: the cursor and the entry.`,
  options: {
    url: { type: 'string' },
    table: { type: 'string' },
    actor: { type: 'string' },
    operation: { type: 'string' },
    run: { type: 'string' },
    text: { type: 'string' },
    since: { type: 'string' },
    after: { type: 'string' },
    json: { type: 'boolean' },
  },
  async run(invocation) {
    const { options, environment, out, err, stop } = invocation;
    const url = urlOf(textOf(options, 'url') ?? 'http://127.0.0.1:4000');
    const since = sinceOf(invocation);
    const filter = filterOf(options, since);
    const headers = credentialsOf(environment);
    const print = (event: Told) => out(options['json'] === true ? JSON.stringify(event) : lineOf(event));
    const { FeedRefused, resumableFeed } = await import('../client/resumable-feed.ts');
    const { WebSocket } = await import('ws');
    let after = textOf(options, 'after') ?? null;
    if (since !== null) {
      // In this order: what fits and is committed in between comes behind the newest entry of now.
      const newest = await entryOf(url, headers, {}, 'DESC');
      const first = await entryOf(url, headers, filter, 'ASC');
      if (first) print(first);
      after = (first ?? newest)?.cursor ?? null;
    }
    const connection = { url: new URL('graphql', url).href.replace(/^http/, 'ws'), webSocketImpl: WebSocket, connectionParams: headers };
    let isTold = false;
    const onTrouble = () => {
      if (!isTold) err(`${url.host} does not answer; it is tried again until Ctrl-C.`);
      isTold = true;
    };
    try {
      const feed = resumableFeed<Told & { readonly __typename: string }>({
        ...{ connection, query: feedDocument, variables: { filter }, after, signal: stop, onTrouble },
      });
      for await (const { __typename, ...event } of feed) {
        isTold = false;
        if (__typename === 'AuditFeedEntry') print(event);
      }
      return 0;
    } catch (error) {
      if (!(error instanceof FeedRefused)) throw error;
      err(`${error.code}: ${error.message}`);
      return 1;
    }
  },
};

interface Told {
  readonly cursor: string;
  readonly entry: {
    readonly occurredAt: string;
    readonly operation: string;
    readonly tableName: string | null;
    readonly entityKey: string | null;
    readonly actor: { readonly key: string };
    readonly summary: string;
  };
}

const entryFields = 'id sequence occurredAt operation operationName tableName entityKey summary actor { key } run { key }';
const feedDocument = `subscription Tail($after: String, $filter: AuditEntryFilterInput) {
  auditFeed(after: $after, filter: $filter) {
    __typename
    ... on AuditFeedEntry { cursor entry { ${entryFields} } }
    ... on AuditFeedHeartbeat { cursor }
  }
}`;
const entryDocument = `query Entry($filter: AuditEntryFilterInput, $direction: OrderDirection!) {
  auditEntries(first: 1, direction: $direction, filter: $filter) { edges { cursor node { ${entryFields} } } }
}`;

/** The oldest or the newest entry that fits; null when there is none yet. */
async function entryOf(url: URL, headers: Record<string, string>, filter: object, direction: 'ASC' | 'DESC'): Promise<Told | null> {
  const answer = await fetch(new URL('graphql', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: entryDocument, variables: { filter, direction } }),
  }).catch(() => null);
  if (answer === null) throw new UsageError(`${url.host} does not answer: is the server running?`);
  const { data, errors } = (await answer.json()) as Answer;
  if (errors?.[0]) throw new UsageError(`The server refused: ${errors[0].message}`);
  const edge = data?.auditEntries?.edges[0];
  return edge ? { cursor: edge.cursor, entry: edge.node } : null;
}

interface Answer {
  readonly data?: { readonly auditEntries?: { readonly edges: readonly { readonly cursor: string; readonly node: Told['entry'] }[] } };
  readonly errors?: readonly { readonly message: string }[];
}

function lineOf({ entry: { occurredAt, operation, tableName, entityKey, actor, summary } }: Told): string {
  const what = [tableName, entityKey].filter((part) => part !== null).join(' ');
  return [occurredAt.slice(0, 19), operation.padEnd(6), what || '-', actor.key, summary].join('  ');
}

function filterOf(options: Invocation['options'], since: string | null): Record<string, unknown> {
  const [table, actor, operation, run] = ['table', 'actor', 'operation', 'run'].map((name) => textOf(options, name));
  const text = textOf(options, 'text');
  return {
    ...(table === undefined ? {} : { tableName: { eq: table } }),
    ...(actor === undefined ? {} : { actorName: { eq: actor } }),
    ...(operation === undefined ? {} : { operation: { eq: operation.toUpperCase() } }),
    ...(run === undefined ? {} : { runId: run }),
    ...(text === undefined ? {} : { text }),
    ...(since === null ? {} : { occurredAt: { gte: since } }),
  };
}

function sinceOf({ options }: Invocation): string | null {
  const since = textOf(options, 'since');
  if (since === undefined) return null;
  if (textOf(options, 'after') !== undefined) throw new UsageError('Give --since or --after, not both.');
  const instant = instantFromInput(since);
  if (instant === null)
    throw new UsageError(`--since is an instant such as 2026-02-17T14:30:00Z, not ${JSON.stringify(since.slice(0, 60))}.`);
  return instant;
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw new UsageError('--url is the http:// or https:// address of the server.');
  url.pathname = url.pathname.replace(/\/?(graphql)?\/?$/, '/');
  return url;
}

function credentialsOf({ WHENCE_TOKEN: token, WHENCE_API_KEY: key }: Invocation['environment']): Record<string, string> {
  if (token) return { authorization: `Bearer ${token}` };
  return key ? { 'x-api-key': key } : {};
}
