import type { Caller } from "../../src/audience/mod.ts";
import type { ListeningForm } from "../../src/wire/audience.ts";

/** One connection of a scripted listener. Seconds since going live; whole. */
export interface Visit {
  readonly session: number;
  readonly machine: boolean;
  readonly caller: Caller;
  readonly edge: number;
  readonly from: number;
  readonly to: number;
  readonly form: ListeningForm;
  /** How often HLS asks for the same again. */
  readonly asksTwice: number;
}

/** Listeners of known behaviour, the same for the same seed. */
export function script(listeners: number, edges: number, minutes: number, seed: number): Visit[] {
  let state = seed >>> 0;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const upTo = (limit: number) => Math.floor(random() * limit);
  const visits: Visit[] = [];
  const length = minutes * 60;
  for (let session = 0; session < listeners; session++) {
    const kind = upTo(10);
    const machine = kind === 0;
    const caller = { address: `192.0.2.${upTo(250)}`, agent: machine ? "ScriptedBot/1.0" : "Mozilla/5.0", sessionNumber: `scripted-${session}` };
    const form: ListeningForm = kind < 4 ? "hls" : kind < 8 ? "page" : "mp3";
    const base = { session, machine, caller, form, asksTwice: kind === 3 ? 1 : 0 };
    const edge = upTo(edges);
    const from = upTo(length - 90);
    const to = Math.min(length, from + 5 + upTo(420));
    // Half a minute of silence in the middle: the same session.
    if (kind === 4) visits.push({ ...base, edge, from, to: from + 20 }, { ...base, edge, from: from + 50, to: Math.max(from + 51, to) });
    // Two sockets at a time.
    else if (kind === 5) visits.push({ ...base, edge, from, to }, { ...base, edge, from: Math.min(to - 1, from + 1), to });
    // Moves to another edge without a pause.
    else if (kind === 6) {
      const moves = from + 1 + upTo(Math.max(1, to - from - 1));
      visits.push({ ...base, edge, from, to: moves }, { ...base, edge: (edge + 1) % edges, from: moves, to });
    } else if (kind === 7) visits.push({ ...base, edge, from, to: from + 59 });
    else visits.push({ ...base, edge, from, to });
  }
  return visits.filter(({ from, to }) => to > from).map((visit) => ({ ...visit, to: Math.min(visit.to, length) }));
}

/** What is true of a script, worked out second by second from who was where, in another way than the count does it. */
export function truthOf(visits: readonly Visit[], seconds: number) {
  const windows = seconds / 10;
  const edges = Math.max(...visits.map(({ edge }) => edge)) + 1;
  const heard = new Map<number, Map<number, Set<number>>>();
  let connectionSeconds = 0;
  for (const { session, edge, from, to, asksTwice } of visits) {
    const perEdge = heard.get(session) ?? new Map<number, Set<number>>();
    heard.set(session, perEdge);
    const set = perEdge.get(edge) ?? new Set<number>();
    perEdge.set(edge, set);
    for (let second = from; second < to; second++) set.add(second);
    connectionSeconds += (to - from) * (1 + asksTwice);
  }
  const machines = new Set(visits.filter(({ machine }) => machine).map(({ session }) => session));
  const perEdge = Array.from({ length: edges }, () => new Array<number>(windows).fill(0));
  const distinct = new Array<number>(windows).fill(0);
  const machinesNow = new Array<number>(windows).fill(0);
  const changes = perEdge.map((edge) => edge.map(() => ({ joins: 0, leaves: 0 })));
  let [sessions, sessionsGross, listenedSeconds, listenedGrossSeconds, distinctSessions] = [0, 0, 0, 0, 0];
  const inWindow = (set: ReadonlySet<number>, window: number) => {
    let count = 0;
    for (let second = window * 10; second < window * 10 + 10; second++) if (set.has(second)) count++;
    return count;
  };
  for (const [session, own] of heard) {
    for (const set of own.values()) {
      sessionsGross++;
      listenedGrossSeconds += set.size;
      if (machines.has(session) || set.size < 60) continue;
      sessions++;
      listenedSeconds += set.size;
    }
    if (machines.has(session)) {
      for (const set of own.values())
        for (let window = 0; window < windows; window++) if (inWindow(set, window) >= 8) machinesNow[window] = (machinesNow[window] ?? 0) + 1;
      continue;
    }
    const everywhere = new Set([...own.values()].flatMap((set) => [...set]));
    if (everywhere.size >= 60) distinctSessions++;
    for (let window = 0; window < windows; window++) {
      for (const [edge, set] of own) {
        const [before, now] = [window > 0 && inWindow(set, window - 1) >= 8, inWindow(set, window) >= 8];
        const change = changes[edge]?.[window];
        if (change !== undefined && now && !before) change.joins++;
        if (change !== undefined && before && !now) change.leaves++;
      }
      for (const [edge, set] of own) if (inWindow(set, window) >= 8) (perEdge[edge] as number[])[window] = (perEdge[edge]?.[window] ?? 0) + 1;
      if (inWindow(everywhere, window) >= 8) distinct[window] = (distinct[window] ?? 0) + 1;
    }
  }
  const sums = distinct.map((_, window) => perEdge.reduce((sum, edge) => sum + (edge[window] ?? 0), 0));
  return {
    perEdge,
    changes,
    distinct,
    sums,
    machines: Math.max(...machinesNow),
    distinctSessions,
    sessions,
    sessionsGross,
    listenedSeconds,
    listenedGrossSeconds,
    connectionSeconds,
  };
}
