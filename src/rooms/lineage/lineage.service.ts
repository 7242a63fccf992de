import type { Database } from '../../database/database.ts';
import { DomainError } from '../../shared/errors.ts';
import { decodeGlobalId, encodeGlobalId } from '../../shared/global-id.ts';
import { languageOf } from '../../shared/language/languages.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { periodOf } from '../../shared/time-range.ts';
import { type ActorFacts, type AuditEntry, actorOfKey } from '../audit/audit.model.ts';
import type { AuditService } from '../audit/audit.service.ts';
import type { Point } from '../audit/point.model.ts';
import { pointOf } from '../audit/shop-moments.ts';
import { thingOf } from '../audit/summary.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import { typenameOf } from '../commerce/node.type.ts';
import type { ProvenanceService } from '../provenance/provenance.service.ts';
import { encodeRecordName } from '../provenance/record-key.ts';
import { positionOf, type RecordRef, type Shown, type Version } from '../provenance/version.model.ts';
import type { VaultExecution } from '../vault/vault.model.ts';
import type { VaultService } from '../vault/vault.service.ts';
import {
  type LineageFilter,
  type LineageRequest,
  maxDepth,
  maxGraphNodes,
  type NodeRef,
  type Reference,
  type WalkedEdge,
  type WalkedNode,
  type Way,
} from './lineage.model.ts';
import { edgesAmong, neighboursOf, reachableFrom, referencesOf, toEdge, toNode, toReference, versionsOfRecord } from './lineage.queries.ts';
import { columnsNamed, touching } from './lineage-fields.ts';
import { keyOfNode, nodeOfKey } from './lineage-key.ts';
import type { EdgeScope } from './lineage-lookups.queries.ts';
import { shortestPaths } from './lineage-paths.ts';
import { type Level, type WalkStep, walk } from './lineage-walk.ts';

/** What was walked, and how it can be counted on. */
export interface LineageGraph {
  readonly root: WalkedNode;
  /** Nearest first; those of the root's row stand at 0. */
  readonly nodes: readonly WalkedNode[];
  readonly edges: readonly WalkedEdge[];
  readonly seeds: readonly NodeRef[];
  readonly scope: EdgeScope;
}

const bothWays: readonly Way[] = ['UPSTREAM', 'DOWNSTREAM'];

/** Bounded walks over versions, transactions, tracked operations, runs and agents. */
export class LineageService {
  private readonly references = {};

  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
    private readonly provenance: ProvenanceService,
    private readonly vault: VaultService,
  ) {}

  /**
   * The graph around an entity, as of a point without what was written later. It begins with all versions of its row, or, of an entity that is shown as of one version, with that one alone.
   * @throws DomainError `BAD_USER_INPUT` when a bound is out of range, `HISTORY_UNAVAILABLE` when the entity's table is not tracked.
   */
  async graphOf(
    ctx: RequestContext,
    entity: Shown<Entity>,
    request: LineageRequest,
    progress?: (levels: number) => void,
  ): Promise<LineageGraph> {
    within('depth', request.depth, maxDepth);
    within('maxNodes', request.maxNodes, maxGraphNodes);
    const scope = await this.scopeOf(ctx, request.filter, pointOf(entity));
    const seeds = await this.seedsOf(ctx, entity, request.maxNodes);
    return this.graphFrom(ctx, seeds, scope, request, progress);
  }

  /** One node by its key, not walked from: all of its neighbours are hidden. Null when nothing is recorded of it. */
  async node(ctx: RequestContext, key: string, argument: string): Promise<WalkedNode | null> {
    const ref = nodeOfKey(key, argument);
    const steps = bothWays.map((way) => ({ way, ref }));
    const { totals } = await this.level(ctx, await this.scopeOf(ctx, null), steps, 1);
    const [hiddenUpstream = 0, hiddenDownstream = 0] = totals;
    return hiddenUpstream + hiddenDownstream === 0 ? null : { ref, key, degree: 0, hiddenUpstream, hiddenDownstream };
  }

  async total(ctx: RequestContext, { scope, seeds }: LineageGraph, way: Way): Promise<number> {
    const [row] = await this.database.read(ctx.caller, reachableFrom(scope, seeds, way));
    return Number(row?.['count'] ?? 0);
  }

  /** @throws DomainError `BAD_USER_INPUT` when `to` is no id of a node, an entity or a run. */
  async paths(ctx: RequestContext, graph: LineageGraph, to: string, limit: number): Promise<string[][]> {
    within('limit', limit, 100);
    const goals = await this.goalsOf(ctx, graph, to);
    const roots = [graph.root.key, ...graph.seeds.map(keyOfNode)];
    return shortestPaths(graph.edges, roots, goals, limit).map((path) => path.map(idOfNode));
  }

  /** Short text for a picture. It holds no value of a row but the key that the row is called by. */
  async label(ctx: RequestContext, { ref }: Pick<WalkedNode, 'ref'>): Promise<string> {
    const language = languageOf(null);
    if (ref.kind === 'agent') return this.audit.actor(ctx, agentOf(ref)).displayName();
    if (ref.kind === 'run') return (await this.audit.loaders(ctx).run(ref.name ?? '')).opened?.name ?? ref.name ?? '';
    if (ref.kind === 'execution') return `execution ${(await this.executionOf(ctx, ref))?.scriptName ?? ref.name}`;
    if (ref.kind === 'base') {
      const table = await this.audit.loaders(ctx).table(Number(ref.id));
      const what = table?.entityType === 'RECORD' ? table.tableName : language.kind(table?.entityType ?? 'RECORD');
      return `${what} ${ref.name}, older than the log`;
    }
    const entry = await this.entryOf(ctx, ref);
    if (!entry) return ref.kind;
    const said = entry.operationName ?? entry.operation;
    if (ref.kind === 'transaction') return `transaction ${ref.id}: ${said}`;
    const { kind, key } = thingOf({ ...entry, businessKey: this.audit.entityKey(entry) }, await this.audit.table(ctx, entry), language);
    return `${[kind, key].filter((part) => part !== null).join(' ')}: ${said}`;
  }

  /** The entity as of a version, the run, the tracked operation, or the actor's own record; null for a transaction and for an actor that is no user. */
  async entity(ctx: RequestContext, { ref }: WalkedNode): Promise<object | null> {
    if (ref.kind === 'agent') return this.audit.actor(ctx, agentOf(ref)).user();
    if (ref.kind === 'run') return { ...(await this.audit.loaders(ctx).run(ref.name ?? '')), __typename: 'Run' };
    if (ref.kind === 'execution') {
      const execution = await this.executionOf(ctx, ref);
      return execution && { ...execution, __typename: 'VaultExecution' };
    }
    const version = await this.versionOf(ctx, ref);
    return version && this.provenance.entityOf(ctx, version);
  }

  async versionOf(ctx: RequestContext, ref: NodeRef): Promise<Version | null> {
    if (ref.kind === 'version') return this.provenance.loaders(ctx).versionByEntry(ref.id ?? '');
    if (ref.kind !== 'base') return null;
    const table = await this.audit.loaders(ctx).table(Number(ref.id));
    const name = table && encodeRecordName({ tableName: table.tableName, recordKey: ref.name ?? '' });
    return name === null ? null : this.provenance.versionByGlobalKey(ctx, `0:${name}`, 'id');
  }

  async executionOf(ctx: RequestContext, { kind, name }: NodeRef): Promise<VaultExecution | null> {
    return kind === 'execution' && name !== null ? this.vault.loaders(ctx).execution(name) : null;
  }

  /** The entry that made a version, or the first one of a transaction. */
  async entryOf(ctx: RequestContext, { kind, id }: NodeRef): Promise<AuditEntry | null> {
    return (kind === 'version' || kind === 'transaction') && id !== null ? this.audit.loaders(ctx).entry(id) : null;
  }

  private async graphFrom(
    ctx: RequestContext,
    seeds: readonly NodeRef[],
    scope: EdgeScope,
    request: LineageRequest,
    progress: (levels: number) => void = () => {},
  ): Promise<LineageGraph> {
    let levels = 0;
    const ways = request.direction === 'BOTH' ? bothWays : [request.direction];
    const read = async (steps: readonly WalkStep[], limit: number) => {
      const level = await this.level(ctx, scope, steps, limit);
      progress(++levels);
      return level;
    };
    const { nodes, totals } = await walk(seeds, { ...request, ways }, read);
    const refs = nodes.map(({ ref }) => ref);
    const rows = await this.database.read(ctx.caller, edgesAmong(scope, refs));
    const edges = rows.map((row) => toEdge(refs, row)).filter((edge) => edge !== null);
    const shown = shownNeighbours(edges);
    const walked = nodes.map((node): WalkedNode => {
      const hidden = (way: Way) => {
        const name = `${way}:${node.key}`;
        return Math.max((totals.get(name) ?? 0) - (shown.get(name)?.size ?? 0), 0);
      };
      return { ...node, hiddenUpstream: hidden('UPSTREAM'), hiddenDownstream: hidden('DOWNSTREAM') };
    });
    const inOrder = walked.toSorted((a, b) => Math.abs(a.degree) - Math.abs(b.degree));
    const [root] = inOrder;
    if (!root) throw new DomainError('HISTORY_UNAVAILABLE', 'The log holds no version of this entity.');
    return { root, nodes: inOrder, edges, seeds, scope };
  }

  private async level(ctx: RequestContext, scope: EdgeScope, steps: readonly WalkStep[], limit: number): Promise<Level> {
    const rows = await this.database.read(ctx.caller, neighboursOf(scope, steps, limit));
    const totals = steps.map(() => 0);
    const found: Record<Way, NodeRef[]> = { UPSTREAM: [], DOWNSTREAM: [] };
    for (const row of rows) {
      if (row['what'] === 'total') totals[Number(row['place']) - 1] = row['count'] as number;
      else found[row['way'] as Way].push(toNode(row));
    }
    return { totals, found };
  }

  private async seedsOf(ctx: RequestContext, entity: Shown<Entity>, limit: number): Promise<NodeRef[]> {
    const ref = await this.provenance.refOf(ctx, entity);
    const base: NodeRef = { kind: 'base', id: String(ref.table.tableKey), name: ref.recordKey };
    if (entity.shownVersion) {
      const position = positionOf(entity.shownVersion);
      return [position === '0' ? base : { kind: 'version', id: position, name: null }];
    }
    const rows = await this.database.read(ctx.caller, versionsOfRecord(ctx.caller.tenant, ref, limit));
    const versions = rows.flatMap(({ id }): NodeRef[] => (id === null ? [] : [{ kind: 'version', id: String(id), name: null }]));
    return rows[0]?.['first_operation'] === 'INSERT' ? versions : [...versions, base].slice(0, limit);
  }

  private async scopeOf(ctx: RequestContext, filter: LineageFilter | null | undefined, asOf: Point | null = null): Promise<EdgeScope> {
    const { entityTypes, fields, range, relations } = filter ?? {};
    const tables = [...(await this.audit.loaders(ctx).tables()).values()];
    const isPersonal = ({ childTable, column }: Reference) =>
      tables.some(({ tableKey, personalColumns }) => tableKey === childTable && personalColumns.includes(column));
    const references = (await this.referencesOf(ctx)).filter((reference) => !isPersonal(reference));
    const entityTypeOf = (tableKey: number) => tables.find((table) => table.tableKey === tableKey)?.entityType ?? 'RECORD';
    return {
      tenant: ctx.caller.tenant,
      references: fields ? references.filter((reference) => touching(reference, fields, entityTypeOf)) : references,
      relations: relations ?? null,
      tables: entityTypes ? tables.filter(({ entityType }) => entityTypes.includes(entityType)).map(({ tableKey }) => tableKey) : null,
      columns: fields ? columnsNamed(fields) : null,
      period: range ? periodOf(range, 'filter.range') : null,
      seesExecutions: ctx.caller.scopes.has('VAULT_READ'),
      asOf,
    };
  }

  /** Once a request. */
  referencesOf(ctx: RequestContext): Promise<readonly Reference[]> {
    const { tenant } = ctx.caller;
    return ctx.memo(this.references, async () => (await this.database.read(ctx.caller, referencesOf(tenant))).map(toReference));
  }

  private async goalsOf(ctx: RequestContext, { nodes }: LineageGraph, to: string): Promise<ReadonlySet<string>> {
    const { type, key } = decodeGlobalId(to, 'to');
    if (type === 'LineageNode') return new Set([keyOfNode(nodeOfKey(key, 'to'))]);
    if (type === 'Run') return new Set([`run.${key}`]);
    if (type === 'VaultExecution') return new Set([`execution.${key}`]);
    const names = await Promise.all(nodes.map(({ ref }) => this.entityIdOf(ctx, ref)));
    return new Set(nodes.filter((_, place) => names[place]?.includes(to)).map((node) => node.key));
  }

  /** Ids of the row that a version is of: of the shop's tables as an entity and as a record. */
  private async entityIdOf(ctx: RequestContext, ref: NodeRef): Promise<string[]> {
    const entry = await this.entryOf(ctx, ref);
    const isVersion = ref.kind === 'version' || ref.kind === 'base';
    const record: Pick<RecordRef, 'recordKey'> & { tableKey: number | null } =
      ref.kind === 'base'
        ? { tableKey: Number(ref.id), recordKey: ref.name ?? '' }
        : { tableKey: entry?.tableKey ?? null, recordKey: entry?.recordKey ?? '' };
    const table = isVersion ? await this.audit.loaders(ctx).table(record.tableKey) : null;
    if (!table) return [];
    const asRecord = encodeGlobalId('Record', encodeRecordName({ tableName: table.tableName, recordKey: record.recordKey }));
    return table.entityType === 'RECORD' ? [asRecord] : [asRecord, encodeGlobalId(typenameOf(table.entityType), record.recordKey)];
  }
}

export function idOfNode(key: string): string {
  return encodeGlobalId('LineageNode', key);
}

/** Who an agent is, as far as its node says. */
export function agentOf({ name }: NodeRef): ActorFacts {
  const [, type, key = ''] = /^(\w+):(.*)$/s.exec(name ?? '') ?? [];
  return type === 'Actor' ? actorOfKey(key) : { key: null, kind: 'DATABASE', role: null, isVerified: false, databaseUser: key };
}

/** Neighbours that stand in the graph, by `way:key`. */
function shownNeighbours(edges: readonly WalkedEdge[]): Map<string, Set<string>> {
  const shown = new Map<string, Set<string>>();
  const add = (key: string, neighbour: string) => shown.set(key, (shown.get(key) ?? new Set()).add(neighbour));
  for (const { source, target } of edges) {
    add(`UPSTREAM:${target}`, source);
    add(`DOWNSTREAM:${source}`, target);
  }
  return shown;
}

function within(argument: string, value: number, most: number): void {
  if (value < 1 || value > most) {
    throw new DomainError('BAD_USER_INPUT', `"${argument}" must be from 1 to ${most}, not ${value}.`, { argument });
  }
}
