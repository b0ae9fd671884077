import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME_SAMPLES } from "../../core/units.ts";
import { talkRecord } from "../../wire/talk-record.ts";
import { TalkTime } from "./talk-time.ts";

type Script = readonly (readonly [seat: string, from: number, to: number])[];

/** Plays a script: who is voiced from which second to which. */
function play(script: Script, seconds: number, talk = new TalkTime(), muted: readonly string[] = []): TalkTime {
  const seats = [...new Set(script.map(([seat]) => seat))];
  for (let frame = 0; frame < seconds * 50; frame++) {
    for (const seat of seats) {
      const voiced = script.some(([who, from, to]) => who === seat && frame >= from * 50 && frame < to * 50);
      talk.note(seat, { voiced, talking: voiced, onsetFrames: 0 }, muted.includes(seat));
    }
    talk.advance();
  }
  return talk;
}

const record = (talk: TalkTime) => talkRecord.parse(talk.record((id) => id.toUpperCase()));
const speaker = (talk: TalkTime, id: string) => record(talk).speakers.find((one) => one.id === id);

test("shares, turns and the longest turn are those of the script", () => {
  const talk = play(
    [
      ["ada", 0, 30],
      ["ben", 30, 40],
      ["ada", 45, 55],
    ],
    60,
  );
  assert.deepEqual(
    record(talk).speakers.map(({ name, talkSeconds, share, turns, longestTurnSeconds }) => [name, talkSeconds, share, turns.length, longestTurnSeconds]),
    [
      ["ADA", 40, 0.8, 2, 30],
      ["BEN", 10, 0.2, 1, 10],
    ],
  );
  assert.deepEqual(speaker(talk, "ben")?.turns, [[30 * 48_000, 40 * 48_000]]);
});

test("a breath does not end a turn, a real pause does", () => {
  assert.equal(
    speaker(
      play(
        [
          ["ada", 0, 5],
          ["ada", 5.5, 10],
        ],
        12,
      ),
      "ada",
    )?.turns.length,
    1,
  );
  assert.equal(
    speaker(
      play(
        [
          ["ada", 0, 5],
          ["ada", 6, 10],
        ],
        12,
      ),
      "ada",
    )?.turns.length,
    2,
  );
  assert.equal(
    speaker(
      play(
        [
          ["ada", 0, 5],
          ["ada", 6, 10],
        ],
        12,
      ),
      "ada",
    )?.talkSeconds,
    9,
    "and the pause is nobody's talk",
  );
});

test("a cough is no turn", () => {
  assert.equal(play([["ada", 1, 1.12]], 5).record(String).speakers.length, 0);
});

test("who talks over another, who then gives way, interrupts; who waits or only says yes does not", () => {
  const cut = play(
    [
      ["ada", 0, 10],
      ["ben", 9, 20],
    ],
    22,
  );
  assert.deepEqual([speaker(cut, "ben")?.interruptionsMade, speaker(cut, "ada")?.interruptionsSuffered], [1, 1]);
  const yes = play(
    [
      ["ada", 0, 20],
      ["ben", 9, 9.6],
    ],
    22,
  );
  assert.deepEqual([speaker(yes, "ben")?.interruptionsMade, speaker(yes, "ada")?.interruptionsSuffered], [0, 0]);
  const waits = play(
    [
      ["ada", 0, 10],
      ["ben", 10.1, 20],
    ],
    22,
  );
  assert.equal(speaker(waits, "ben")?.interruptionsMade, 0);
  const together = play(
    [
      ["ada", 0, 10],
      ["ben", 0.2, 20],
    ],
    22,
  );
  assert.equal(speaker(together, "ben")?.interruptionsMade, 0);
});

test("silences are counted, short pauses are not", () => {
  assert.deepEqual(
    record(
      play(
        [
          ["ada", 0, 5],
          ["ben", 9, 12],
          ["ada", 13, 20],
        ],
        26,
      ),
    ).silences,
    { count: 2, seconds: 10, longestSeconds: 6 },
  );
});

test("a muted person says nothing", () => {
  assert.deepEqual(
    play(
      [
        ["ada", 0, 5],
        ["ben", 0, 5],
      ],
      6,
      new TalkTime(),
      ["ben"],
    )
      .record(String)
      .speakers.map(({ id }) => id),
    ["ada"],
  );
});

test("who leaves in the middle of a sentence keeps what they said", () => {
  const talk = new TalkTime();
  play([["ada", 0, 5]], 5, talk);
  talk.leave("ada");
  assert.equal(speaker(talk, "ada")?.talkSeconds, 5);
});

test("after a restart of the stage the record goes on where it was", () => {
  const before = play(
    [
      ["ada", 0, 10],
      ["ben", 10, 20],
    ],
    20,
  );
  const after = new TalkTime();
  after.restore(before.record(String), 25 * 50);
  for (let frame = 0; frame < 5 * 50; frame++) {
    after.note("ada", { voiced: true, talking: true, onsetFrames: 0 }, false);
    after.advance();
  }
  assert.deepEqual(
    speaker(after, "ada")?.turns.map(([from, to]) => [from / 48_000, to / 48_000]),
    [
      [0, 10],
      [25, 30],
    ],
  );
  assert.equal(speaker(after, "ada")?.talkSeconds, 15);
  assert.equal(record(after).durationSamples, 30 * 50 * FRAME_SAMPLES);
});

test("an interpreter's talk is counted for them alone: no share, no interruption, no end of a silence", () => {
  const talk = new TalkTime();
  for (let frame = 0; frame < 30 * 50; frame++) {
    const ada = frame < 10 * 50;
    talk.note("ada", { voiced: ada, talking: ada, onsetFrames: 0 }, false);
    const carla = frame >= 2 * 50 && frame < 20 * 50;
    talk.note("carla", { voiced: carla, talking: carla, onsetFrames: 0 }, false, true);
    talk.advance();
  }
  const { speakers, silences } = talkRecord.parse(
    talk.record(
      (id) => id,
      (id) => (id === "carla" ? "de" : undefined),
    ),
  );
  assert.deepEqual(
    speakers.map(({ id, interprets, share, talkSeconds, interruptionsMade, interruptionsSuffered }) => [
      id,
      interprets,
      share,
      talkSeconds,
      interruptionsMade,
      interruptionsSuffered,
    ]),
    [
      ["ada", undefined, 1, 10, 0, 0],
      ["carla", "de", 0, 18, 0, 0],
    ],
  );
  assert.deepEqual([silences.count, silences.seconds], [1, 20]);
});
