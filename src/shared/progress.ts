/** Shows how far a long task is: a bar that redraws itself on a terminal, a plain line every few seconds elsewhere. */
export interface Progress {
  /** `done` of the total, e.g. lines; called as often as it is known. */
  at(done: number): void;
  /** Leaves the terminal on a fresh line. */
  end(): void;
}

export interface ProgressOptions {
  readonly label: string;
  readonly total: number;
  /** What is counted, in the plural: `lines`. */
  readonly unit: string;
  readonly stream: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };
  /** Milliseconds of a clock that only moves forward. */
  readonly now?: () => number;
}

const redrawMs = 100;
const plainLineMs = 5_000;

export function openProgress({ label, total, unit, stream, now = () => performance.now() }: ProgressOptions): Progress {
  const startedAt = now();
  let first: number | undefined;
  let shownAt = startedAt;
  let drawn = false;
  const terminal = stream.isTTY === true;
  return {
    at(done) {
      // What an earlier run took costs nothing and would make the rate too good.
      first ??= done;
      const at = now();
      if (at - shownAt < (terminal ? redrawMs : plainLineMs)) return;
      shownAt = at;
      drawn = true;
      const state = { label, unit, done, total, made: done - first, tookMs: at - startedAt };
      stream.write(terminal ? `\r${progressBar(state, (stream.columns || 80) - 1)}\u001b[K` : `${progressLine(state)}\n`);
    },
    end() {
      if (terminal && drawn) stream.write('\r\u001b[K');
    },
  };
}

export interface ProgressState {
  readonly label: string;
  readonly unit: string;
  readonly done: number;
  readonly total: number;
  /** Of `done`, what this process did itself. */
  readonly made: number;
  readonly tookMs: number;
}

/** `import: 12,000 of 31,102 lines (38 %), 2,400 lines/s, 8 s left` */
export function progressLine({ label, unit, done, total, made, tookMs }: ProgressState): string {
  const perSecond = tookMs > 0 ? (made * 1000) / tookMs : 0;
  const percent = total > 0 ? Math.floor((Math.min(done, total) * 100) / total) : 100;
  const left = perSecond > 0 ? `, ${duration((total - done) / perSecond)} left` : '';
  return `${label}: ${count(done)} of ${count(total)} ${unit} (${percent} %), ${count(Math.round(perSecond))} ${unit}/s${left}`;
}

/** The same after a bar of what room the terminal leaves, never wider than `width`. */
export function progressBar(state: ProgressState, width: number): string {
  const line = progressLine(state);
  const room = Math.min(width - line.length - 3, 30);
  if (room < 5) return line.slice(0, Math.max(0, width));
  const full = state.total > 0 ? Math.round((Math.min(state.done, state.total) * room) / state.total) : room;
  return `[${'#'.repeat(full)}${'.'.repeat(room - full)}] ${line}`;
}

/** `31,102`, of a whole number. By hand: what knows all languages takes a fiftieth of a start to load. */
export function count(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
