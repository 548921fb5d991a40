import type { QuotaPeriod } from '@sallyport/policy';

/** A calendar window in UTC: from `startMs` to just before `endMs`. */
export interface CalendarWindow {
  readonly startMs: number;
  readonly endMs: number;
}

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

const fixed: Readonly<Record<Exclude<QuotaPeriod, 'month'>, { readonly lengthMs: number; readonly offsetMs: number }>> = {
  second: { lengthMs: SECOND_MS, offsetMs: 0 },
  minute: { lengthMs: 60 * SECOND_MS, offsetMs: 0 },
  hour: { lengthMs: 3600 * SECOND_MS, offsetMs: 0 },
  day: { lengthMs: DAY_MS, offsetMs: 0 },
  // 1970-01-01 was a Thursday; the first Monday came four days later (ISO 8601 weeks).
  week: { lengthMs: 7 * DAY_MS, offsetMs: 4 * DAY_MS },
};

/** The window of a period that holds an instant; weeks begin on Monday, leap seconds do not exist (POSIX time). */
export function calendarWindow(period: QuotaPeriod, atMs: number): CalendarWindow {
  if (period === 'month') {
    const at = new Date(atMs);
    const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
    return { startMs: Date.UTC(year, month), endMs: Date.UTC(year, month + 1) };
  }
  const { lengthMs, offsetMs } = fixed[period];
  const startMs = Math.floor((atMs - offsetMs) / lengthMs) * lengthMs + offsetMs;
  return { startMs, endMs: startMs + lengthMs };
}

/** Answers like `calendarWindow`, remembering the last window of each period. */
export class WindowCache {
  readonly #last = new Map<QuotaPeriod, CalendarWindow>();

  at(period: QuotaPeriod, atMs: number): CalendarWindow {
    const last = this.#last.get(period);
    if (last !== undefined && atMs >= last.startMs && atMs < last.endMs) return last;
    const window = calendarWindow(period, atMs);
    this.#last.set(period, window);
    return window;
  }
}
