import { useCallback, useEffect, useState } from 'react';
import { useClient } from 'urql';
import { ProductPriceHistoryDocument, type ProductPriceHistoryQuery } from '../../generated/operations.ts';

type Product = NonNullable<ProductPriceHistoryQuery['product']>;
export type PriceChange = Product['priceHistory']['nodes'][number];

interface Loaded {
  readonly state: 'loading' | 'ready' | 'failed';
  /** Why it failed, in a sentence. */
  readonly fault: string;
  /** Null until it is known, and when there is none. */
  readonly product: Pick<Product, 'name' | 'price'> | null;
  /** Newest first; more of them with each page. */
  readonly changes: readonly PriceChange[];
  /** Where the next page begins; null before the first page and after the last one. */
  readonly next: string | null;
}

const nothing: Loaded = { state: 'loading', fault: '', product: null, changes: [], next: null };

/** The price changes of one product, page by page. `more` loads the next page, or the one that failed. */
export function usePriceHistory(sku: string) {
  const client = useClient();
  const [loaded, setLoaded] = useState(nothing);

  const load = useCallback(
    async (after: string | null, isWanted: () => boolean) => {
      setLoaded((before) => ({ ...before, state: 'loading' }));
      const { data, error } = await client.query(ProductPriceHistoryDocument, { sku, after });
      if (!isWanted()) return;
      setLoaded((before) => (error ? { ...before, state: 'failed', fault: faultOf(error) } : withPage(before, data?.product ?? null)));
    },
    [client, sku],
  );

  useEffect(() => {
    let isWanted = true;
    setLoaded(nothing);
    void load(null, () => isWanted);
    return () => {
      isWanted = false;
    };
  }, [load]);

  return { ...loaded, hasOlder: loaded.next !== null, more: () => void load(loaded.next, () => true) };
}

function withPage(before: Loaded, product: Product | null): Loaded {
  const { nodes = [], pageInfo } = product?.priceHistory ?? {};
  const next = pageInfo?.hasNextPage ? pageInfo.endCursor : null;
  return { state: 'ready', fault: '', product, changes: [...before.changes, ...nodes], next };
}

/** The server's own sentence where it gave one. */
function faultOf({ networkError, graphQLErrors }: { networkError?: Error; graphQLErrors: readonly { message: string }[] }): string {
  return graphQLErrors[0]?.message ?? (networkError ? 'the server does not answer.' : 'the answer cannot be read.');
}
