// Makes a file of any length in the form of Online Retail: the same for the same number of lines.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n';
const startMs = Date.UTC(2011, 0, 3, 8);
const linesPerDay = 3_000; // as in the real file

/** Sales in invoices of 1 to 40 lines, and about 2 % cancellations (half of them match), 0.2 % adjustments, a quarter without customer. */
export async function writeRetailFile(path: string, lines: number): Promise<void> {
  const stream = createWriteStream(path);
  stream.write(header);
  const random = generator(lines);
  const sold: { sku: number; quantity: number; customer: string; price: string }[] = [];
  let invoice = 600_000;
  let written = 0;
  while (written < lines) {
    const customer = random() < 0.25 ? '' : `${12_000 + Math.floor(random() * 4_000)}.0`;
    const time = new Date(startMs + Math.floor(written / linesPerDay) * 86_400_000 + (written % linesPerDay) * 12_000);
    const at = time.toISOString().slice(0, 19).replace('T', ' ');
    const kind = random();
    invoice++;
    let text = '';
    if (kind < 0.3 && sold.length > 0) {
      const back = sold[Math.floor(random() * sold.length)]!;
      const quantity = random() < 0.5 ? back.quantity : back.quantity + 1_000;
      text = `C${invoice},${back.sku},,-${quantity},${at},${back.price},${back.customer},United Kingdom\n`;
      written++;
    } else if (kind < 0.33) {
      text = `${invoice},${20_000 + Math.floor(random() * 2_600)},${random() < 0.5 ? 'damaged' : ''},-${1 + Math.floor(random() * 50)},${at},0.0,,United Kingdom\n`;
      written++;
    } else {
      for (let line = 1 + Math.floor(random() * 40); line > 0 && written < lines; line--, written++) {
        const sku = 20_000 + Math.floor(random() * 2_600);
        const price = ((sku % 900) / 100 + (random() < 0.1 ? 1.25 : 0.42)).toFixed(2);
        const quantity = 1 + Math.floor(random() * 24);
        text += `${invoice},${sku},GOODS ${sku},${quantity},${at},${price},${customer},United Kingdom\n`;
        if (customer !== '' && random() < 0.02) sold[Math.floor(random() * 500)] = { sku, quantity, customer, price };
      }
      for (let i = 0; i < sold.length; i++) sold[i] ??= { sku: 20_000, quantity: 1, customer: '12000.0', price: '0.42' };
    }
    if (!stream.write(text)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
}

/** Numbers from 0 to 1 that only depend on the seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await writeRetailFile(process.argv[2] ?? 'retail.csv', Number(process.argv[3] ?? 500_000));
