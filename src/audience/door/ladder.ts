/** One step of the ladder: from which pressure on, and what it does. */
export interface Step {
  /** Pressure from which the step is taken. */
  readonly from: number;
  /** Pressure under which it is left again: a step that is taken and left in turns helps nobody. */
  readonly until: number;
  readonly does:
    | "no-replays"
    | "no-previews"
    | "no-posts"
    | "no-near"
    | "thrift"
    | "cheaper"
    | "longer"
    | "slow-figure"
    | "tickets"
    | "waiting-page"
    | "no-joins";
  /** In words, for the page of the manual and the operator's eyes. */
  readonly words: string;
}

/** The published ladder: what is switched off at which pressure, what matters least first: replays, previews, posts, then newcomers. Listeners who are in are never put out. */
export const LADDER: readonly Step[] = [
  {
    from: 0.45,
    until: 0.35,
    does: "no-replays",
    words:
      "While an event is on air, replays, recordings and clips of others are told to come back; with nothing on air they are what the front is there for, until it is full.",
  },
  { from: 0.48, until: 0.38, does: "no-previews", words: "Feeds, link previews, pictures of events and the list for search engines are told to come back." },
  { from: 0.52, until: 0.42, does: "no-posts", words: "Posts, reactions and questions are switched off; the page says so, and the sound goes on." },
  {
    from: 0.55,
    until: 0.45,
    does: "no-near",
    words:
      "The places near the stage are taken back: whoever has one is told, and gets parts of half a second instead of chunks of a tenth thirty seconds later.",
  },
  {
    from: 0.6,
    until: 0.5,
    does: "thrift",
    words: "New listeners get the stream in parts of half a second instead of chunks of a tenth: a fifth of the writes.",
  },
  {
    from: 0.65,
    until: 0.55,
    does: "cheaper",
    words:
      "New listeners get the stream at half the data (Opus, 24 instead of 48 kbit/s) where their player can take it, and are told; when this ends they get the usual one, a fiftieth of them a second.",
  },
  {
    from: 0.68,
    until: 0.58,
    does: "longer",
    words:
      "Our own player gets its sound once a second instead of twice or ten times: new listeners at once, those who are in a twentieth a second, told half a minute before and then half a second further back; half the writes. When this ends it comes as usual again.",
  },
  { from: 0.75, until: 0.65, does: "slow-figure", words: "Pages ask for the figure ten times less often." },
  { from: 0.8, until: 0.65, does: "tickets", words: "Newcomers get a ticket with a time; budgets per network hold." },
  {
    from: 0.85,
    until: 0.7,
    does: "waiting-page",
    words:
      "Newcomers get the static waiting page instead of the listening page; whose network is over its budget may compute for a place instead of asking again later.",
  },
  {
    from: 0.97,
    until: 0.85,
    does: "no-joins",
    words: "Nobody new is let in until it is calmer; whoever has a ticket keeps the place. The waiting music is told to come back.",
  },
];

/** Which steps are taken, with their hysteresis. */
export class Ladder {
  #taken = 0;

  /** Number of steps taken. */
  get step(): number {
    return this.#taken;
  }

  /** Moves up or down to where this pressure belongs. */
  follow(pressure: number): void {
    while (this.#taken < LADDER.length && pressure >= (LADDER[this.#taken] as Step).from) this.#taken++;
    while (this.#taken > 0 && pressure < (LADDER[this.#taken - 1] as Step).until) this.#taken--;
  }

  /** Whether a step is taken. */
  does(what: Step["does"]): boolean {
    return LADDER.findIndex((step) => step.does === what) < this.#taken;
  }
}
