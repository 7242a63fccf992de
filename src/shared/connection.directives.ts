import { DirectiveLocation, GraphQLBoolean, GraphQLDirective, GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLString } from 'graphql';
import { Directive } from 'type-graphql';

/** Declared in the schema so that gateways and clients can weigh a document before they send it. */
export const costDirective = new GraphQLDirective({
  name: 'cost',
  description: 'Weight of a field, argument or type for static cost analysis (IBM GraphQL Cost Directives draft).',
  locations: [
    DirectiveLocation.ARGUMENT_DEFINITION,
    DirectiveLocation.ENUM,
    DirectiveLocation.FIELD_DEFINITION,
    DirectiveLocation.INPUT_FIELD_DEFINITION,
    DirectiveLocation.OBJECT,
    DirectiveLocation.SCALAR,
  ],
  args: { weight: { type: new GraphQLNonNull(GraphQLString), description: 'Relative weight as an integer in decimal form.' } },
});

const names = new GraphQLList(new GraphQLNonNull(GraphQLString));

export const listSizeDirective = new GraphQLDirective({
  name: 'listSize',
  description: 'How long a list may get, for static cost analysis (IBM GraphQL Cost Directives draft).',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: {
    assumedSize: { type: GraphQLInt, description: 'Upper bound used when no slicing argument is given.' },
    requireOneSlicingArgument: {
      type: GraphQLBoolean,
      defaultValue: true,
      description: 'Whether exactly one slicing argument must be given.',
    },
    sizedFields: { type: names, description: 'Fields below this one that the size applies to.' },
    slicingArguments: { type: names, description: 'Arguments that bound the size.' },
  },
});

/** For a field that gives a connection. */
export function ListSize(): PropertyDecorator & MethodDecorator {
  return Directive('@listSize(slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"])');
}

/** For a field whose work is worth many plain ones. */
export function Cost(weight: number): PropertyDecorator & MethodDecorator {
  return Directive(`@cost(weight: "${weight}")`);
}
