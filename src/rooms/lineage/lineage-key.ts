import { isBigintKey, notAGlobalId } from '../../shared/global-id.ts';
import { isHashKey } from '../vault/execution-key.ts';
import type { NodeKind, NodeRef } from './lineage.model.ts';

/**
 * The name of a node: letters, digits, `.`, `_` and `-` alone, so that it is a local name in every PROV format: `version.42`, `execution.<hexadecimal>`,
 * `run.run_2026...`, `agent.<base64url>`, `base.3.<base64url>`. It is the key part of the node's global id.
 */
export function keyOfNode({ kind, id, name }: NodeRef): string {
  if (kind === 'run' || kind === 'execution') return `${kind}.${name}`;
  if (kind === 'agent') return `agent.${encoded(name)}`;
  return kind === 'base' ? `base.${id}.${encoded(name)}` : `${kind}.${id}`;
}

/** @throws DomainError `BAD_USER_INPUT` when it is no key that `keyOfNode` wrote. */
export function nodeOfKey(key: string, argument: string): NodeRef {
  const [kind = '', first = '', second] = key.split('.');
  const ref = read(kind as NodeKind, first, second);
  if (!ref || keyOfNode(ref) !== key) throw notAGlobalId(argument);
  return ref;
}

function read(kind: NodeKind, first: string, second: string | undefined): NodeRef | null {
  if (kind === 'version' || kind === 'transaction') return isBigintKey(first) ? { kind, id: first, name: null } : null;
  if (kind === 'run') return /^run_\d{8}_\d{6}_[0-9a-f]{8}$/.test(first) ? { kind, id: null, name: first } : null;
  if (kind === 'execution') return isHashKey(first) ? { kind, id: null, name: first } : null;
  if (kind === 'base') return /^[1-9]\d{0,8}$/.test(first) ? { kind, id: first, name: decoded(second ?? '') } : null;
  if (kind !== 'agent') return null;
  const name = decoded(first);
  return /^(Actor|DatabaseActor):/.test(name) ? { kind, id: null, name } : null;
}

const encoded = (text: string | null): string => Buffer.from(text ?? '', 'utf8').toString('base64url');
const decoded = (text: string): string => Buffer.from(text, 'base64url').toString('utf8');
