// The physical limit: a bare server that sends one hand-written prepared statement for a question and passes on the JSON that PostgreSQL made.
// Its "documents" are the names of the questions.
import { createServer } from 'node:http';
import postgres from 'postgres';
import type { Question, Variables } from './questions.ts';

interface Statement {
  readonly text: string;
  readonly params: readonly string[];
}

const answer = (field: string, value: string) => `select json_build_object('data', json_build_object('${field}', ${value}))::text`;
const many = (rows: string) => `(select coalesce(json_agg(r), '[]') from (${rows}) r)`;
const one = (row: string) => `(select row_to_json(r) from (${row}) r)`;

const order = `o.id, o.status, o.total_cents "totalCents", o.placed_at "placedAt"`;
const payment = (also = '') =>
  `select p.id, p.amount_cents "amountCents", p.status, p.paid_at "paidAt"${also} from payments p where p.order_id = o.id order by p.id`;
const payments = `${many(payment(', p.method'))} payments`;
const items = (also = '') =>
  `${many(`select i.id, i.quantity, i.unit_price_cents "unitPriceCents"${also} from order_items i where i.order_id = o.id order by i.id`)} items`;
const newestOrders = (columns: string, limit: number) =>
  many(`select ${columns} from orders o where o.customer_id = c.id order by o.placed_at desc, o.id desc limit ${limit}`);
// "a.id" in the order: the output column of that name is text.
const entriesOf = (table: string, id: string, columns: string, also = '') =>
  many(`select a.id::text, a.occurred_at "occurredAt", a.operation, a.reason${columns} from audit_log a
         where a.table_name = '${table}' and a.record_id = ${id}::text${also} order by a.id desc`);
const versionsOf = (table: string, id: string) => `${entriesOf(table, id, '', ` and a.operation in ('INSERT', 'UPDATE')`)} audit`;
const actor = `${one('select u.id, u.name, u.role from users u where u.id = a.actor_id')} actor`;
const product = `${one('select p.id, p.name, p.sku from products p where p.id = i.product_id')} product`;

const statements: Readonly<Record<Question, Statement>> = {
  q1: {
    text: answer('products', many(`select id, sku, name, category, price_cents "priceCents", active from products order by id limit 100`)),
    params: [],
  },
  q2: {
    // The page of customers is cut before anything hangs below it.
    text: answer(
      'customers',
      many(`select c.id, c.name, c.country, ${newestOrders(`${order}, ${items()}, ${payments}`, 10)} orders
              from (select id, name, country from customers order by id limit 20 offset $1) c`),
    ),
    params: ['offset'],
  },
  q3: {
    text: answer(
      'order',
      one(`select ${order}, ${one('select c.id, c.name, c.email, c.country from customers c where c.id = o.customer_id')} customer,
             ${items(`, ${product}`)}, ${payments}, ${entriesOf('orders', 'o.id', `, a.changed, a.old, a.new, ${actor}`)} audit
             from orders o where o.id = $1`),
    ),
    params: ['id'],
  },
  q4: {
    text: answer(
      'auditFeed',
      many(`select a.id::text, a.occurred_at "occurredAt", a.table_name "tableName", a.record_id "recordId", a.operation, a.reason, a.changed, ${actor}
              from audit_log a where a.table_name = $1 and a.occurred_at >= $2 and a.occurred_at < $3
             order by a.occurred_at desc, a.id desc limit 100`),
    ),
    params: ['table', 'from', 'to'],
  },
  q5: {
    text: answer(
      'auditPage',
      many(`select a.id::text, a.occurred_at "occurredAt", a.table_name "tableName", a.record_id "recordId", a.operation
              from audit_log a where a.id < $1 order by a.id desc limit 100`),
    ),
    params: ['before'],
  },
  q6: {
    text: answer(
      'auditDaily',
      many(`select occurred_at::date::text as day, table_name "tableName", operation, count(*)::int as count
              from audit_log where occurred_at >= $1 and occurred_at < $2 group by 1, 2, 3 order by 1, 2, 3`),
    ),
    params: ['from', 'to'],
  },
  q7: {
    text: answer(
      'customer',
      one(`select c.id, c.name, c.country,
             ${newestOrders(`${order}, ${many(payment(`, ${versionsOf('payments', 'p.id')}`))} payments, ${versionsOf('orders', 'o.id')}`, 50)} orders
             from customers c where c.id = $1`),
    ),
    params: ['id'],
  },
  q8: { text: answer('product', one('select id, name from products where id = $1')), params: ['id'] },
};

const sql = postgres(process.env['DATABASE_URL'] ?? '', { max: 10 });

async function answerTo(body: string): Promise<Buffer> {
  const { query, variables } = JSON.parse(body) as { query: Question; variables: Variables };
  const { text, params } = statements[query];
  const rows = await sql.unsafe(text, params.map((name) => variables[name]) as never[], { prepare: true }).raw();
  return rows[0]?.[0] as unknown as Buffer;
}

createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    answerTo(Buffer.concat(parts).toString()).then(
      (json) => response.writeHead(200, { 'content-type': 'application/json', 'content-length': json.length }).end(json),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
}).listen(Number(process.env['PORT']), '127.0.0.1');
