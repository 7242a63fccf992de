// The only place where the parts meet: by hand, top to bottom. No import opens a connection.
import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import type { Config } from './config.ts';
import type { Database } from './database/database.ts';
import type { OpenDatabase } from './database/open.ts';
import { readSetting } from './database/setting.ts';
import { examples } from './examples.ts';
import { pingDatabase } from './rooms/access/ping.queries.ts';
import { ViewerResolver } from './rooms/access/viewer.resolver.ts';
import { startUpkeep } from './rooms/audit/upkeep.ts';
import { CommerceService } from './rooms/commerce/commerce.service.ts';
import { CustomerResolver } from './rooms/commerce/customer.resolver.ts';
import { NodeRegistry, registerCommerceNodes } from './rooms/commerce/node-registry.ts';
import { NodeResolver } from './rooms/commerce/node.resolver.ts';
import { OrderItemResolver } from './rooms/commerce/order-item.resolver.ts';
import { OrderResolver } from './rooms/commerce/order.resolver.ts';
import { PaymentResolver } from './rooms/commerce/payment.resolver.ts';
import { ProductResolver } from './rooms/commerce/product.resolver.ts';
import { TraceableResolver } from './rooms/commerce/traceable.resolver.ts';
import { UserResolver } from './rooms/commerce/user.resolver.ts';
import { type HttpServer, startHttp } from './server/http.ts';
import { schemaFrom } from './server/schema.ts';
import { CursorCodec } from './shared/cursor.ts';
import type { Log } from './shared/log.ts';

export interface App {
  /** Where it answers, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Ends what is under way, then the server, then the database. */
  close(): Promise<void>;
}

/** Answers GraphQL from this database, which is closed together with the app, also when it cannot start. */
export async function startApp(config: Config, database: OpenDatabase, log: Log): Promise<App> {
  let server: HttpServer;
  let upkeep: { stop(): void };
  try {
    const schema = schemaOf(database, await readSetting(database, 'cursor_secret'));
    const options = { ...config, examples: config.fillsDemo ? examples : [], isReady: () => pingDatabase(database) };
    upkeep = await startUpkeep(database, log);
    server = await startHttp(schema, options, log);
  } catch (error) {
    await database.close();
    throw error;
  }
  const close = async () => {
    upkeep.stop();
    await server.close().finally(() => database.close());
  };
  return { url: server.url, close };
}

/** Every resolver with what it needs, as one schema. `cursorSecret` has at least 16 bytes and is the same on every server of a database. */
export function schemaOf(database: Database, cursorSecret: string): GraphQLSchema {
  const codec = new CursorCodec(cursorSecret);
  const commerce = new CommerceService(database, codec);
  const nodes = registerCommerceNodes(new NodeRegistry(), commerce);
  return schemaFrom([
    new ViewerResolver(),
    new NodeResolver(nodes),
    new TraceableResolver(),
    new UserResolver(commerce),
    new CustomerResolver(commerce),
    new ProductResolver(commerce),
    new OrderResolver(commerce),
    new OrderItemResolver(commerce),
    new PaymentResolver(commerce),
  ]);
}
