/** A figure a bench measures and, where there is one, its target. */
export interface FigureSpec {
  readonly unit: string;
  readonly target?: { readonly limit: number; readonly direction: "at most" | "at least" };
}

/** One bench: measures all its figures once per round. */
export interface Bench {
  readonly name: string;
  readonly rounds: number;
  readonly figures: Readonly<Record<string, FigureSpec>>;
  /** Measures one round; figures left out keep the values of other rounds. Throws when it cannot measure. */
  measure(progress: (text: string) => void): Promise<Readonly<Record<string, number>>>;
}

/** A figure over all rounds: the median, and the extremes when there were several. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
  readonly low?: number;
  readonly high?: number;
}

/** Median and extremes of a figure's values. */
export function summarise(values: readonly number[], unit: string): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const value = percentile(sorted, 0.5);
  return sorted.length < 2 ? { value, unit } : { value, unit, low: sorted[0] as number, high: sorted.at(-1) as number };
}

/** A percentile of values sorted upwards. `share` from 0 to 1. NaN when there are none. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Whether a figure meets its target. */
export function meets(value: number, target: NonNullable<FigureSpec["target"]>): boolean {
  return target.direction === "at most" ? value <= target.limit : value >= target.limit;
}
