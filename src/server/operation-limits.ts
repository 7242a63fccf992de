import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import { DomainError, type ErrorCode } from '../shared/errors.ts';

/** What one operation may hold. Fields of a fragment count wherever it is spread. */
export interface OperationLimits {
  /** Fields below each other. */
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  /** In the whole document. */
  readonly directives: number;
}

interface Measure {
  readonly depth: number;
  readonly aliases: number;
  /** Fields of the selection itself, not of those below. */
  readonly ownFields: number;
}

/** A validation rule: it sees a document that parsed, so a syntax error stays a syntax error. */
export function limitsRule(limits: OperationLimits): (context: ValidationContext) => ASTVisitor {
  return (context) => ({
    Document(document) {
      const fragments = fragmentsOf(document);
      const refuse = (code: ErrorCode, what: string, limit: number) =>
        context.reportError(
          new GraphQLError('', {
            originalError: new DomainError(code, `The document has ${what}; at most ${limit} are allowed.`, { limit }),
          }),
        );
      const directives = countDirectives(document);
      if (directives > limits.directives) refuse('DIRECTIVE_LIMIT', `${directives} directives`, limits.directives);
      const known = new Map<string, Measure>();
      for (const definition of document.definitions) {
        if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
        const measured = measureOf(definition.selectionSet, fragments, known, new Set());
        if (measured.depth > limits.depth) refuse('DEPTH_LIMIT', `${measured.depth} levels of fields`, limits.depth);
        if (measured.aliases > limits.aliases) refuse('ALIAS_LIMIT', `${measured.aliases} aliases`, limits.aliases);
        if (measured.ownFields > limits.rootFields) refuse('ALIAS_LIMIT', `${measured.ownFields} root fields`, limits.rootFields);
      }
      return false; // nothing below is looked at by this rule
    },
  });
}

export function fragmentsOf(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  return fragments;
}

/** Each fragment is measured once, so that fragments spread in fragments cost no more than their text. A loop is another rule's to refuse. */
function measureOf(
  set: SelectionSetNode | undefined,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  known: Map<string, Measure>,
  open: Set<string>,
): Measure {
  let [depth, aliases, ownFields] = [0, 0, 0];
  for (const selection of set?.selections ?? []) {
    let inner: Measure;
    if (selection.kind === Kind.FIELD) {
      const below = measureOf(selection.selectionSet, fragments, known, open);
      inner = { depth: below.depth + 1, aliases: below.aliases + (selection.alias ? 1 : 0), ownFields: 1 };
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      inner = measureOf(selection.selectionSet, fragments, known, open);
    } else {
      const name = selection.name.value;
      const fragment = fragments.get(name);
      if (!fragment || open.has(name)) continue;
      inner = known.get(name) ?? measureOf(fragment.selectionSet, fragments, known, new Set([...open, name]));
      known.set(name, inner);
    }
    depth = Math.max(depth, inner.depth);
    aliases += inner.aliases;
    ownFields += inner.ownFields;
  }
  return { depth, aliases, ownFields };
}

function countDirectives(document: DocumentNode): number {
  let count = 0;
  const open: unknown[] = [document];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (Array.isArray(node)) for (const item of node) open.push(item);
    else if (typeof node === 'object' && node !== null) {
      for (const [name, value] of Object.entries(node)) {
        if (name === 'loc') continue;
        if (name === 'directives' && Array.isArray(value)) count += value.length;
        if (typeof value === 'object' && value !== null) open.push(value);
      }
    }
  }
  return count;
}
