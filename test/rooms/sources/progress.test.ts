import { describe, expect, it } from 'vitest';
import { openProgress, progressBar, progressLine } from '../../../src/shared/progress.ts';

const state = { label: 'online-retail', unit: 'lines', done: 12_000, total: 31_102, made: 12_000, tookMs: 5_000 };

describe('progress', () => {
  it('tells what is done, how fast, and the time left', () => {
    expect(progressLine(state)).toBe('online-retail: 12,000 of 31,102 lines (38 %), 2,400 lines/s, 8 s left');
    expect(progressLine({ ...state, done: 31_102, made: 0, tookMs: 0 })).toBe('online-retail: 31,102 of 31,102 lines (100 %), 0 lines/s');
    expect(progressLine({ ...state, total: 0, done: 0 })).toContain('0 of 0 lines (100 %)');
  });

  it('draws a bar that is never wider than the terminal', () => {
    expect(progressBar(state, 120)).toMatch(/^\[#{12}\.{18}\] online-retail: 12,000/);
    for (const width of [0, 10, 79, 80, 200]) expect(progressBar(state, width).length).toBeLessThanOrEqual(width);
  });

  it('redraws one line on a terminal, and writes a plain line every five seconds elsewhere', () => {
    const written = (isTTY: boolean) => {
      const parts: string[] = [];
      let clock = 0;
      const stream = { isTTY, columns: 100, write: (text: string) => parts.push(text) };
      const progress = openProgress({ label: 'x', total: 100, unit: 'lines', stream, now: () => clock });
      for (; clock <= 12_000; clock += 50) progress.at(clock / 200);
      progress.end();
      return parts;
    };
    expect(written(false)).toHaveLength(2);
    expect(written(false).every((part) => /^x: .*\n$/.test(part))).toBe(true);
    expect(written(true).length).toBeGreaterThan(100);
    expect(written(true).at(-1)).toBe('\r\u001b[K');
  });
});
