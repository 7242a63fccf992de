// Runs the product in a process of its own, so that it can be killed: Node 20 does not start TypeScript, so the sources are stripped of their
// types into a folder inside node_modules, where packages are found.
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Compiled {
  readonly folder: string;
  remove(): void;
}

/** `src/<parts>` as JavaScript, laid out as in dist/. */
export function compileSources(...parts: string[]): Compiled {
  const folder = mkdtempSync(join(root, 'node_modules', '.whence-test-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const part of parts) {
    for (const file of readdirSync(join(root, 'src', part), { recursive: true, encoding: 'utf8' })) {
      const source = join(root, 'src', part, file);
      const target = join(folder, 'dist', relative(root, source));
      mkdirSync(dirname(target), { recursive: true });
      if (file.endsWith('.js')) cpSync(source, target);
      if (file.endsWith('.ts')) writeFileSync(target.replace(/ts$/, 'js'), stripped(source));
    }
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function stripped(source: string): string {
  const compilerOptions: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ES2022,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
    experimentalDecorators: true,
    useDefineForClassFields: false,
  };
  return ts.transpileModule(readFileSync(source, 'utf8'), { compilerOptions, fileName: source }).outputText;
}

export interface Child {
  readonly process: ChildProcess;
  /** What it printed so far, line by line. */
  readonly lines: string[];
  /** Resolves when a printed line satisfies `wanted`; rejects with all it printed when it ends before. */
  until(wanted: (line: string) => boolean): Promise<string>;
  /** The exit code, or the signal's name. */
  readonly ended: Promise<number | string | null>;
}

/** Starts a script (ES module text); `@/` in its imports stands for the compiled `src/`. */
export function startChild({ folder }: Compiled, script: string, args: string[] = []): Child {
  const file = join(folder, `script-${Math.random().toString(36).slice(2)}.mjs`);
  writeFileSync(file, script.replaceAll("'@/", "'./dist/src/"));
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  let over = false;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      for (const watch of watchers) watch();
    });
  }
  const ended = new Promise<number | string | null>((resolve) => child.on('close', (code, signal) => resolve(code ?? signal)));
  void ended.then(() => {
    over = true;
    for (const watch of watchers) watch();
  });
  const until = (wanted: (line: string) => boolean) =>
    new Promise<string>((resolve, reject) => {
      const watch = () => {
        const found = lines.find(wanted);
        if (found === undefined && !over) return;
        watchers.delete(watch);
        if (found === undefined) reject(new Error(`the child ended:\n${lines.join('\n')}`));
        else resolve(found);
      };
      watchers.add(watch);
      watch();
    });
  return { process: child, lines, until, ended };
}
