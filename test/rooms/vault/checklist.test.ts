import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { notThere, rows } from './checklist.ts';

const files = readdirSync(join(packageRoot, 'test'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));

/** Rows that names of tests begin with: `A3 A4 a promise`. `V8 to V12` names all between. */
function rowsOf(text: string): string[] {
  const names = [...text.matchAll(/^\s*(?:(?:onEachDatabase|it(?:\.\w+)*(?:\([^)\n]*\))?)\(\s*)?(['`"])((?:[AVG]\d+ (?:to )?)+)/gm)];
  return names.flatMap(([, , words = '']) => {
    const [, letter = '', from = '', to = ''] = /([AVG])(\d+) to [AVG](\d+)/.exec(words) ?? [];
    const between = Array.from({ length: from ? Number(to) - Number(from) : 0 }, (_, n) => `${letter}${Number(from) + n}`);
    return [...(words.match(/[AVG]\d+/g) ?? []), ...between];
  });
}

it('every row of the checklist has a test that bears its name, or a reason why there is none', () => {
  const tested = new Set(files.flatMap((name) => rowsOf(readFileSync(join(packageRoot, 'test', name), 'utf8'))));
  expect(rows.filter((row) => !tested.has(row) && notThere[row] === undefined)).toEqual([]);
  expect([...tested, ...Object.keys(notThere)].filter((row) => !rows.includes(row))).toEqual([]);
  for (const reason of Object.values(notThere)) expect(reason).toMatch(/^.{20,}\.$/);
});

it('V33 each guide that was promised has its place, and what it leads to is there', () => {
  const guides = readFileSync(join(packageRoot, 'GUIDES.md'), 'utf8');
  const promised = [
    'Architecture',
    'Installation',
    'User',
    'API',
    'Performance',
    'Security',
    'Troubleshooting',
    'Integration',
    'Monitoring',
    'Backup',
    'Maintenance',
  ];
  expect([...guides.matchAll(/^\| ([A-Z]\w+) \| \S/gm)].map(([, name]) => name)).toEqual(promised);
  const slugs = (file: string) =>
    [...readFileSync(join(packageRoot, file), 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
  const links = [...guides.matchAll(/\]\(([^)#]*)#?([^)]*)\)/g)];
  expect(links.length).toBeGreaterThan(15);
  for (const [, file = '', heading = ''] of links) {
    if (heading) expect(slugs(file || 'GUIDES.md')).toContain(heading);
    else expect(() => readdirSync(join(packageRoot, file, '..'))).not.toThrow();
  }
});
