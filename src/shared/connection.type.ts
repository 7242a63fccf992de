import { Field, Int, ObjectType } from 'type-graphql';
import { Cost } from './connection.directives.ts';
import type { Page, PageEdge, PageInfo } from './page.ts';

/** Fields are read by graphql's own resolver, which calls those that are functions. */
@ObjectType('PageInfo', { description: 'Where a page lies within the whole list.', simpleResolvers: true })
class PageInfoType {
  @Field(() => String, { nullable: true, description: 'Cursor of the last item.' })
  readonly endCursor!: PageInfo['endCursor'];

  @Field(() => Boolean, { description: 'Whether there are items after this page.' })
  readonly hasNextPage!: PageInfo['hasNextPage'];

  @Field(() => Boolean, { description: 'Whether there are items before this page.' })
  readonly hasPreviousPage!: PageInfo['hasPreviousPage'];

  @Field(() => String, { nullable: true, description: 'Cursor of the first item.' })
  readonly startCursor!: PageInfo['startCursor'];
}

/** A class, or a union of some, which type-graphql gives the type of its values. */
type ItemType = (abstract new (...args: never[]) => object) | object;
type ConnectionClass = new () => object;

/**
 * Makes `<name>Connection` and `<name>Edge` for one item type. Call it once per type and keep what it gives:
 * `export const ProductConnectionType = connectionType('Product', () => ProductType);`
 * A resolver answers it with a `Page`. Lists whose count would be guesswork are made with `{ counted: false }`.
 */
export function connectionType(name: string, item: () => ItemType, options = { counted: true }): ConnectionClass {
  @ObjectType(`${name}Edge`, { description: `One ${name} item with its cursor.`, simpleResolvers: true })
  class Edge {
    @Field(() => String, { description: 'Opaque position of the item.' })
    readonly cursor!: string;

    @Field(() => item(), { description: 'The item.' })
    readonly node!: PageEdge<object>['node'];
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${name} items.`, simpleResolvers: true })
  class Connection {
    @Field(() => [Edge], { description: 'Items with their cursors.' })
    readonly edges!: Page<object>['edges'];

    @Field(() => [item()], { description: 'The items alone.' })
    readonly nodes!: Page<object>['nodes'];

    @Field(() => PageInfoType, { description: 'Where this page lies.' })
    readonly pageInfo!: PageInfo;

    readonly totalCount!: Page<object>['totalCount'];
  }
  if (options.counted) {
    Field(() => Int, { description: 'Number of items over all pages; counted only when asked for.' })(Connection.prototype, 'totalCount');
    Cost(10)(Connection.prototype, 'totalCount');
  }
  return Connection;
}
