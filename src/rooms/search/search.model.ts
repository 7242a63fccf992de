import type { Entity, EntityType } from '../commerce/commerce.model.ts';

/** A question in words. */
export interface Question {
  /** The words, in small letters, in their order; the last one may be the beginning of a word. */
  readonly words: readonly string[];
  /** How a key may be spelled by the whole question. */
  readonly keys: readonly string[];
  /** The same, where the question begins with a kind of entity: `order 123`. */
  readonly keyOfKind: { readonly entityType: EntityType; readonly keys: readonly string[] } | null;
}

/** An entity that was found, before it is loaded. */
export interface Found {
  readonly entityType: EntityType;
  readonly tableName: string;
  /** Id of the entity; of a record its key in the spelling of the trail. */
  readonly recordKey: string;
  /** What an entry about it says; null when it was found by key or name. */
  readonly said: string | null;
}

export interface SearchHit {
  readonly entity: Entity;
  readonly excerpt: string;
  readonly label: string;
}
