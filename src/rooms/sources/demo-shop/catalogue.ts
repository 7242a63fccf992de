/** What the demo shop sells. Names and prices are made up. */
export interface CatalogueProduct {
  readonly sku: string;
  readonly name: string;
  readonly categories: readonly string[];
  readonly priceCents: number;
  readonly currency: 'USD' | 'EUR';
  /** On hand on the first day. */
  readonly stock: number;
  readonly safetyStock: number | null;
  /** How often it is bought, against the others. */
  readonly demand: number;
  /** Most pieces on one order line. */
  readonly mostPerLine: number;
}

type Line = readonly [sku: string, name: string, price: number, stock: number, safetyStock: number | null, demand: number];

function shelf(categories: readonly string[], currency: 'USD' | 'EUR', mostPerLine: number, lines: readonly Line[]): CatalogueProduct[] {
  return lines.map(([sku, name, price, stock, safetyStock, demand]) => {
    return { sku, name, categories, priceCents: Math.round(price * 100), currency, stock, safetyStock, demand, mostPerLine };
  });
}

export const catalogue: readonly CatalogueProduct[] = [
  ...shelf(['Computers', 'Laptops'], 'USD', 2, [
    ['LAPTOP-15', 'Laptop 15', 1299.99, 24, 6, 9],
    ['LAPTOP-13', 'Laptop 13 Light', 999.0, 20, 5, 5],
    ['LAPTOP-17', 'Laptop 17 Studio', 2149.0, 8, 2, 2],
  ]),
  ...shelf(['Computers'], 'USD', 1, [
    ['MINI-PC', 'Mini PC', 549.5, 14, 4, 3],
    ['TABLET-11', 'Tablet 11', 429.0, 18, 5, 4],
    ['TABLET-8', 'Tablet 8', 239.0, 16, 4, 2],
  ]),
  ...shelf(['Displays'], 'USD', 2, [
    ['MONITOR-24', 'Monitor 24', 189.9, 25, 6, 4],
    ['MONITOR-27', 'Monitor 27', 329.0, 22, 6, 5],
    ['MONITOR-32', 'Monitor 32 Wide', 579.0, 10, 3, 2],
    ['MONITOR-ARM', 'Monitor arm', 89.0, 30, 8, 2],
  ]),
  ...shelf(['Accessories', 'Input'], 'USD', 2, [
    ['MOUSE-W', 'Wireless mouse', 34.95, 70, 20, 7],
    ['MOUSE-V', 'Vertical mouse', 59.95, 40, 10, 3],
    ['KEYBOARD-M', 'Mechanical keyboard', 119.0, 35, 10, 4],
    ['KEYBOARD-S', 'Slim keyboard', 64.9, 38, 10, 3],
    ['TRACKPAD', 'Trackpad', 99.0, 20, 5, 1],
  ]),
  ...shelf(['Accessories'], 'USD', 3, [
    ['DOCK-C', 'USB-C dock', 179.0, 28, 8, 5],
    ['HEADSET-1', 'Headset One', 79.9, 36, 10, 4],
    ['HEADSET-PRO', 'Headset Pro', 189.0, 15, 4, 2],
    ['WEBCAM-HD', 'Webcam HD', 69.0, 30, 8, 3],
    ['SLEEVE-15', 'Laptop sleeve 15', 29.9, 45, 12, 4],
    ['BACKPACK', 'Backpack 20 l', 74.5, 25, 6, 2],
    ['SSD-1T', 'Portable SSD 1 TB', 109.0, 32, 8, 4],
  ]),
  ...shelf(['Supplies'], 'USD', 8, [
    ['SKU001', 'USB-C cable, 1 m', 9.9, 60, 15, 9],
    ['SKU002', 'USB-C cable, 2 m', 12.9, 60, 15, 6],
    ['SKU003', 'HDMI cable, 2 m', 11.5, 50, 12, 4],
    ['SKU004', 'Network cable, 3 m', 6.9, 80, 20, 4],
    ['SKU005', 'AA batteries, 8 pieces', 7.5, 90, 25, 5],
    ['SKU006', 'Screen wipes, 40 pieces', 5.9, 75, 20, 4],
    ['SKU007', 'Cable ties, 100 pieces', 4.5, 60, 15, 2],
    ['SKU008', 'Label rolls, 4 pieces', 13.8, 45, 12, 3],
    ['SKU009', 'Power strip, 6 sockets', 22.9, 40, 10, 3],
    ['SKU010', 'Travel adapter', 19.9, 35, 10, 2],
    ['SKU011', 'Mouse pad', 8.9, 70, 18, 3],
    ['SKU012', 'Paper, 500 sheets', 6.2, 120, 30, 4],
  ]),
  ...shelf(['Furniture'], 'EUR', 2, [
    ['DESK-140', 'Desk 140 cm', 349.0, 9, 2, 3],
    ['DESK-SIT', 'Standing desk', 629.0, 6, 2, 2],
    ['CHAIR-T', 'Task chair', 259.0, 12, 3, 4],
    ['LAMP-D', 'Desk lamp', 49.9, 26, 6, 4],
    ['SHELF-3', 'Shelf, 3 boards', 99.0, 10, null, 1],
    ['FOOTREST', 'Footrest', 39.5, 14, null, 1],
  ]),
];
