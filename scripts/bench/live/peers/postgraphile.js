// PostGraphile with a subscription as its manual writes one: NOTIFY brings an id, and each subscriber's plan reads the row. Plain
// JavaScript: its packages are no part of the product.
import { createServer } from 'node:http';
import { postgraphile } from 'postgraphile';
import { jsonParse } from 'postgraphile/@dataplan/json';
import { makePgService } from 'postgraphile/adaptors/pg';
import { context, listen } from 'postgraphile/grafast';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { extendSchema, gql } from 'postgraphile/utils';

const feed = extendSchema((build) => {
  const { entry: entries } = build.input.pgRegistry.pgResources;
  return {
    typeDefs: gql`
      type AuditFeedPayload {
        cursor: String
        entry: Entry
      }
      extend type Subscription {
        auditFeed: AuditFeedPayload
      }
    `,
    objects: {
      Subscription: {
        plans: {
          auditFeed: {
            subscribePlan: () => listen(context().get('pgSubscriber'), 'entry', jsonParse),
            plan: ($event) => $event,
          },
        },
      },
      AuditFeedPayload: {
        plans: {
          cursor: ($event) => $event.get('id'),
          entry: ($event) => entries.get({ id: $event.get('id') }),
        },
      },
    },
  };
});

const connectionString = process.env['DATABASE_URL'];
const server = createServer();
const service = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [feed],
  pgServices: [makePgService({ connectionString, schemas: ['bench'], poolConfig: { max: 10 } })],
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false, websockets: true },
  grafast: { explain: false },
}).createServ(grafserv);
await service.addTo(server);
server.listen(Number(process.env['PORT']), '127.0.0.1');
