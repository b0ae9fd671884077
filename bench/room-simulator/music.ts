const RATE = 48_000;

/** A player's hand: pitch and swell that never repeat themselves exactly. */
interface Hand {
  /** Phase of the note. Radians. */
  readonly phase: number;
  /** Seconds into the note. */
  readonly t: number;
  /** Slow drift between -1 and 1. */
  readonly drift: number;
}

/** Sounds that resemble howling and are none: what a careless guard would duck. Each gives mono f32 at 48 kHz. */
export function band(random: () => number): Readonly<Record<string, (seconds: number) => Float32Array>> {
  return {
    organ: (seconds) => notes(random, seconds, 2.4, 0, ({ phase }) => 0.08 * partials(phase, [1, 0.5, 0.33, 0.25, 0, 0.2])),
    flute: (seconds) =>
      notes(random, seconds, 1.6, 0.006, ({ phase, t, drift }) => 0.2 * Math.min(1, t * 2) * (1 + 0.15 * drift) * partials(phase, [1, 0.12, 0.05])),
    bells: (seconds) =>
      notes(
        random,
        seconds,
        1.2,
        0,
        ({ phase, t }) => 0.25 * [1, 2.76, 5.4].reduce((sum, partial) => sum + Math.exp(-2 * partial * t) * Math.sin(partial * phase), 0),
      ),
    strings: (seconds) =>
      notes(
        random,
        seconds,
        4,
        0.004,
        ({ phase, t }) =>
          0.09 *
          Math.min(1, t / 1.5) *
          partials(
            phase,
            Array.from({ length: 13 }, (_, index) => 1 / (index + 1)),
          ),
      ),
    whistling: (seconds) => notes(random, seconds, 0.7, 0.01, ({ phase, t }) => 0.2 * Math.sin(Math.PI * Math.min(1, t / 0.7)) * Math.sin(2 * phase)),
    "long whistling": (seconds) => notes(random, seconds, 3, 0.004, ({ phase, t }) => 0.2 * Math.min(1, t / 1.2) * Math.sin(2 * phase)),
    "held notes": (seconds) =>
      notes(random, seconds, 8, 0.001, ({ phase, t }) => 0.12 * Math.min(1, t / 2) * partials(phase, [1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2])),
    singing: (seconds) => notes(random, seconds, 1.8, 0.012, ({ phase, t, drift }) => 0.1 * Math.min(1, t * 4) * (1 + 0.2 * drift) * partials(phase, VOWEL)),
    piano: (seconds) =>
      notes(
        random,
        seconds,
        0.45,
        0,
        ({ phase, t }) =>
          0.2 * [1, 2.002, 3.006, 4.012, 5.02].reduce((sum, partial) => sum + (Math.exp(-1.5 * partial * t) / partial) * Math.sin(partial * phase), 0),
      ),
    "drums and bass": (seconds) =>
      notes(random, seconds, 0.5, 0, ({ phase, t }) => 0.5 * Math.exp(-18 * t) * (random() * 2 - 1) + 0.25 * Math.exp(-3 * t) * Math.sin(phase / 6)),
    "drum machine": (seconds) =>
      repeated(
        random,
        seconds,
        notes(random, 2, 0.25, 0, ({ t }) => 0.5 * Math.exp(-18 * t) * (random() * 2 - 1)),
        0.5,
      ),
    telephone: (seconds) =>
      repeated(
        random,
        seconds,
        notes(random, 2, 0.06, 0, ({ phase, t }) => 0.15 * Math.min(1, t * 100) * partials(phase * 3, [1, 0.3, 0.1])),
        1.2,
      ),
  };
}
/** Strengths of the partials of a sung "ah". */
const VOWEL = [0.6, 0.8, 1, 0.7, 0.4, 0.25, 0.3, 0.2, 0.1, 0.08, 0.06, 0.05];
const SCALE = [262, 294, 330, 349, 392, 440, 494, 523, 587, 659];

function partials(phase: number, strengths: readonly number[]): number {
  let sum = 0;
  for (const [index, strength] of strengths.entries()) sum += strength * Math.sin((index + 1) * phase);
  return sum;
}

/** Notes by chance, each about as long as said, over the noise of a room. */
function notes(random: () => number, seconds: number, length: number, vibrato: number, voice: (hand: Hand) => number): Float32Array {
  const out = new Float32Array(seconds * RATE);
  let hertz = 262;
  let phase = 0;
  let drift = 0;
  let wave = 0;
  let from = 0;
  let until = 0;
  for (let index = 0; index < out.length; index++) {
    if (index >= until) {
      from = index;
      until = index + Math.round(length * RATE * (0.85 + 0.3 * random()));
      hertz = (SCALE[Math.floor(random() * SCALE.length)] as number) * (1 + 0.004 * (random() - 0.5));
      phase = random() * 2 * Math.PI;
    }
    drift = 0.9999 * drift + 0.02 * (random() - 0.5);
    // Five and a half times a second, more or less, as hands do.
    wave += ((2 * Math.PI * 5.5) / RATE) * (1 + 0.5 * drift);
    phase += ((2 * Math.PI * hertz) / RATE) * (1 + vibrato * Math.sin(wave) + 0.0005 * drift);
    const edge = Math.min(1, ((index - from) / RATE) * 200, ((until - index) / RATE) * 200);
    out[index] = edge * voice({ phase, t: (index - from) / RATE, drift }) + 0.0005 * (random() * 2 - 1);
  }
  return out;
}

/** The first `period` seconds of a sound again and again, sample by sample the same, as machines play. */
function repeated(random: () => number, seconds: number, sound: Float32Array, period: number): Float32Array {
  const length = Math.round(period * RATE);
  return Float32Array.from({ length: seconds * RATE }, (_, index) => (sound[index % length] as number) + 0.0005 * (random() * 2 - 1));
}
