import { PriceTable } from './price-table.tsx';
import { usePriceHistory } from './use-price-history.ts';

/** What a product costs, and every change that led there with its reason. */
export function PriceHistoryPage({ sku }: { readonly sku: string }) {
  const { state, fault, product, changes, hasOlder, more } = usePriceHistory(sku);
  const isLoading = state === 'loading';
  return (
    <main>
      <form>
        <label htmlFor="sku">Product</label>
        <input id="sku" name="sku" defaultValue={sku} required maxLength={100} />
        <button type="submit">Show</button>
      </form>
      <h1>{product?.name ?? sku}</h1>
      {product && (
        <p className="price">
          <span>Present price</span>
          <strong>
            {product.price.amount} {product.price.currency}
          </strong>
        </p>
      )}
      {product && changes.length > 0 && <PriceTable name={product.name} changes={changes} />}
      {state === 'ready' && product && changes.length === 0 && <p>The price has not changed since it was first recorded.</p>}
      {state === 'ready' && !product && <p>There is no product {sku}.</p>}
      {state === 'failed' && <p role="alert">The price history could not be loaded: {fault}</p>}
      {(hasOlder || state === 'failed') && (
        <button type="button" className="more" aria-disabled={isLoading} onClick={isLoading ? undefined : more}>
          {state === 'failed' ? 'Try again' : 'Older changes'}
        </button>
      )}
      <p role="status">{isLoading ? 'Loading …' : ''}</p>
    </main>
  );
}
