// Every place of the schema where a caller can put a text.
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';

type Arguments = Readonly<Record<string, string>>;
type Field = GraphQLField<unknown, unknown>;

export interface Leaf {
  /** E.g. `Query.auditEntries.filter.entityKey.eq`. */
  readonly path: string;
  /** GraphQL type of the whole argument. */
  readonly type: string;
  /** The argument with this text at the leaf. */
  readonly value: (text: string) => unknown;
  /** A document that asks with each of the variables `$v0`, `$v1`, ... */
  readonly document: (times: number) => string;
}

/** Leaves of all queries and mutations; an input type that several fields take is tried at the first. */
export function leavesOf(schema: GraphQLSchema, given: Arguments): Leaf[] {
  const leaves: Leaf[] = [];
  const tried = new Set<string>();
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    if (!root) continue;
    const operation = root === schema.getMutationType() ? 'mutation' : 'query';
    for (const { type, around } of objectsBelow(schema, root, given)) {
      for (const field of Object.values(type.getFields())) {
        for (const argument of field.args) {
          const others = otherArguments(type, field, argument, given);
          if (others === null) continue;
          const at = `${type.name}.${field.name}.${argument.name}`;
          const document = (times: number) => {
            const variables = Array.from({ length: times }, (_, index) => `$v${index}: ${argument.type}`).join(', ');
            const asked = Array.from({ length: times }, (_, index) => {
              const all = [`${argument.name}: $v${index}`, ...others].join(', ');
              return `a${index}: ${field.name}(${all})${selection(field)}`;
            });
            return `${operation} (${variables}) { ${around(asked.join(' '))} }`;
          };
          for (const { path, value } of textsWithin(argument.type, at, tried, [])) {
            leaves.push({ path, type: String(argument.type), value, document });
          }
        }
      }
    }
  }
  return leaves;
}

/** The objects that a root leads to, each by its shortest way. */
function objectsBelow(schema: GraphQLSchema, root: GraphQLObjectType, given: Arguments) {
  const found = [{ type: root, around: (inner: string) => inner }];
  const seen = new Set([root.name]);
  for (const { type, around } of found) {
    for (const field of Object.values(type.getFields())) {
      const named = getNamedType(field.type);
      if (!isObjectType(named) || seen.has(named.name) || (type === schema.getMutationType() && root === type)) continue;
      const others = otherArguments(type, field, null, given);
      if (others === null) continue;
      seen.add(named.name);
      const list = others.length === 0 ? '' : `(${others.join(', ')})`;
      found.push({ type: named, around: (inner) => around(`${field.name}${list} { ${inner} }`) });
    }
  }
  return found;
}

function otherArguments(type: GraphQLObjectType, field: Field, except: GraphQLArgument | null, given: Arguments): string[] | null {
  const written: string[] = [];
  for (const argument of field.args) {
    if (argument === except) continue;
    const text = given[`${type.name}.${field.name}.${argument.name}`] ?? (isRequiredArgument(argument) ? given[argument.name] : undefined);
    if (text !== undefined) written.push(`${argument.name}: ${text}`);
    else if (isRequiredArgument(argument)) return null;
  }
  return written;
}

/** Enough to see whether there are rows. */
function selection(field: Field): string {
  const type = getNamedType(field.type);
  if (isLeafType(type)) return '';
  if (!isObjectType(type)) return ' { __typename }';
  return 'nodes' in type.getFields() ? ' { nodes { __typename } }' : ' { __typename }';
}

function* textsWithin(
  type: GraphQLInputType,
  path: string,
  tried: Set<string>,
  around: readonly string[],
): Generator<{ path: string; value: (text: string) => unknown }> {
  const plain = getNullableType(type);
  if (isListType(plain)) {
    for (const { path: inner, value } of textsWithin(plain.ofType, path, tried, around))
      yield { path: inner, value: (text) => [value(text)] };
    return;
  }
  if (isLeafType(plain)) {
    if (!/^(Int|Float|Boolean)$/.test(plain.name)) yield { path, value: (text) => text };
    return;
  }
  if (!isInputObjectType(plain) || around.includes(plain.name)) return;
  const isShared =
    /FilterInput$|OrderInput$|RangeInput$/.test(plain.name) && !/^(String|Int|Decimal|DateTime)FilterInput$/.test(plain.name);
  if (isShared && tried.has(plain.name)) return;
  if (isShared) tried.add(plain.name);
  const required = Object.fromEntries(
    Object.values(plain.getFields())
      .filter(isRequiredInputField)
      .map((field) => [field.name, placeholder(field.type)]),
  );
  for (const field of Object.values(plain.getFields())) {
    for (const { path: inner, value } of textsWithin(field.type, `${path}.${field.name}`, tried, [...around, plain.name])) {
      yield { path: inner, value: (text) => ({ ...required, [field.name]: value(text) }) };
    }
  }
}

/** Something harmless where an input wants a value. */
function placeholder(type: GraphQLInputType): unknown {
  const named = getNamedType(type);
  if (isNonNullType(type) && isInputObjectType(named)) return { text: 'a reason' };
  const byName: Readonly<Record<string, unknown>> = {
    ...{ RunId: 'run_20260101_000000_00000000', RunStatus: 'FAILED', OrderDirection: 'ASC', DateTime: '2026-01-01T00:00:00Z' },
    ...{ URL: 'https://127.0.0.1/', WebhookEvent: 'AUDIT_ENTRY' },
    ID: Buffer.from('AuditEntry:1').toString('base64url'),
  };
  return byName[named.name] ?? 'something';
}
