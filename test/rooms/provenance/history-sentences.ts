import type { Promised } from './history-promises.ts';
export function checkSentences(_promised: Promised, _narrative: unknown, _asked: { kind: string; field: string | null }): void {}
