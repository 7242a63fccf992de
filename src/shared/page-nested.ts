import DataLoader from 'dataloader';
import { type SQL, sql } from 'drizzle-orm';
import type { Page, PageWindow } from './page.ts';
import { orderBy } from './page-keyset.ts';
import { type CursorWriter, nameOf, type PagedList, pageOf, type ReadRows, type Row, within } from './page-read.ts';

/** A list that hangs below many parents, e.g. the orders of customers. */
export interface NestedList<T> extends Omit<PagedList<T>, 'from'> {
  /** What stands behind FROM for these parents, an array of `bigint`. */
  readonly fromOf: (parents: SQL) => SQL;
  /** The `bigint` column that names the parent. */
  readonly parent: SQL;
}

const parentsPerStatement = 500;
const questionsPerStatement = 100;

/** Whether a parent has an item that fulfils a condition. */
interface Question {
  readonly parent: string;
  readonly condition: SQL;
}

/**
 * The same page (same arguments) of many parents: one statement for all that are asked in one turn, however deep they stand.
 * Lives as long as one request.
 */
export class NestedPages<T> {
  private readonly pages: DataLoader<string, Page<T>>;
  private readonly counts: DataLoader<string, number>;
  private readonly questions: DataLoader<Question, boolean>;

  constructor(
    private readonly read: ReadRows,
    private readonly list: NestedList<T>,
    private readonly window: PageWindow,
    private readonly writer: CursorWriter,
  ) {
    this.pages = new DataLoader((parents) => this.readPages(parents), { maxBatchSize: parentsPerStatement });
    this.counts = new DataLoader((parents) => this.readCounts(parents), { maxBatchSize: parentsPerStatement });
    this.questions = new DataLoader((asked) => this.readAnswers(asked), { maxBatchSize: questionsPerStatement, cache: false });
  }

  /** @param parent key of the parent, a bigint in text. */
  pageOf(parent: string): Promise<Page<T>> {
    return this.pages.load(parent);
  }

  private async readPages(parents: readonly string[]): Promise<Page<T>[]> {
    const { list, window } = this;
    const order = orderBy(list.order, window.backward);
    // The inner limit stops at each parent's own page; the row number keeps its order through the join.
    const rows = await this.read(sql`${nameOf(list)}
      select parent.place::int as "parentPlace", item.*
        from unnest(${bigintArray(parents)}::text::bigint[]) with ordinality as parent(id, place)
       cross join lateral (
         select ${list.columns}, row_number() over (order by ${order})::int as "itemPlace" from ${list.fromOf(sql`array[parent.id]`)}
          where ${list.where} and ${list.parent} = parent.id${within(list, window)}
          order by ${order} limit ${window.limit + 1}) item
       order by parent.place, item."itemPlace"`);
    const rowsOf = parents.map((): Row[] => []);
    for (const row of rows) rowsOf[Number(row['parentPlace']) - 1]?.push(row);
    return parents.map((parent, index) =>
      pageOf(
        list,
        window,
        this.writer,
        rowsOf[index] ?? [],
        (condition) => this.questions.load({ parent, condition }),
        () => this.counts.load(parent),
      ),
    );
  }

  private async readCounts(parents: readonly string[]): Promise<number[]> {
    const { list } = this;
    const wanted = sql`${bigintArray(parents)}::text::bigint[]`;
    const rows = await this.read(sql`${nameOf(list, 'count')}
      select ${list.parent} as parent, count(*) as count from ${list.fromOf(wanted)}
       where ${list.where} and ${list.parent} = any(${wanted}) group by ${list.parent}`);
    const counts = new Map(rows.map((row) => [row['parent'], Number(row['count'])]));
    return parents.map((parent) => counts.get(parent) ?? 0);
  }

  private async readAnswers(asked: readonly Question[]): Promise<boolean[]> {
    const { list } = this;
    const answers = asked.map(({ parent, condition }, place) => {
      const id = sql`${parent}::text::bigint`;
      return sql`select ${place}::int as place where exists (select 1 from ${list.fromOf(sql`array[${id}]`)} where ${list.where} and ${list.parent} = ${id} and ${condition})`;
    });
    const rows = await this.read(sql`${nameOf(list, 'any')} ${sql.join(answers, sql` union all `)}`);
    const found = new Set(rows.map((row) => row['place']));
    return asked.map((_, place) => found.has(place));
  }
}

/** Keys are digits, so the literal needs no quotes. */
function bigintArray(keys: readonly string[]): string {
  return `{${keys.join(',')}}`;
}
