import type { PriceChange } from './use-price-history.ts';

/** One row for each change, newest first. Amounts are shown as they come: exact. */
export function PriceTable({ name, changes }: { readonly name: string; readonly changes: readonly PriceChange[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls sideways, also by the arrow keys
    <section className="scroll" aria-label="Price changes" tabIndex={0}>
      <table>
        <caption>Price changes of {name}, newest first</caption>
        <thead>
          <tr>
            <th scope="col">When (UTC)</th>
            <th scope="col" className="number">
              Before
            </th>
            <th scope="col" className="number">
              After
            </th>
            <th scope="col" className="number">
              Change
            </th>
            <th scope="col">Who</th>
            <th scope="col">Why</th>
            <th scope="col">Code</th>
            <th scope="col">Reference</th>
            <th scope="col">Approved by</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <Row key={change.id} change={change} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ change: { occurredAt, priceBefore, priceAfter, changePercent, actor, reason } }: { readonly change: PriceChange }) {
  return (
    <tr>
      <th scope="row">
        <time dateTime={occurredAt}>{occurredAt.slice(0, 19).replace('T', ' ')}</time>
      </th>
      <td className="number">
        {priceBefore.amount} {priceBefore.currency}
      </td>
      <td className="number">
        {priceAfter.amount} {priceAfter.currency}
      </td>
      <Percent value={changePercent} />
      <td>{actor.displayName}</td>
      <td>{reason?.text ?? <span className="missing">No reason given</span>}</td>
      <td>{reason?.code}</td>
      <td>{reason?.reference}</td>
      <td>{reason?.approvedBy?.displayName}</td>
    </tr>
  );
}

/** `−7.69 %`, `+4 %`; nothing where there is no telling: from zero, or to another currency. */
function Percent({ value }: { readonly value: number | null }) {
  if (value === null) return <td className="number" />;
  const shown = Math.abs(value).toLocaleString('en', { maximumFractionDigits: 2 });
  return <td className={`number ${value < 0 ? 'down' : 'up'}`}>{`${value < 0 ? '−' : '+'}${shown} %`}</td>;
}
