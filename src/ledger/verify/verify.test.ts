import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { drawFrom, KINDS, mutantOf, SIZES } from "../../../test/material/ledger-mutants.ts";
import {
  check,
  draftLedger,
  endOf,
  LOG_SEED,
  memorySource,
  ORIGIN,
  publish,
  rememberingCheck,
  seedOf,
  signedNote,
  START_MS,
} from "../../../test/material/ledger.ts";
import { writeEntry } from "../entry-line.ts";
import { NoteSigner } from "../signer.ts";
import { readEntry } from "./entry.ts";
import { HashTree } from "./hash-tree.ts";
import { leafHash } from "./merkle.ts";
import { nodeSha256 } from "./node-crypto.ts";
import { verdictInWords } from "./words.ts";

/** Mutants tried here; the bench tries two thousand. */
const MUTANTS = 100;

const draft = draftLedger({ edges: 2, windows: 30, segments: 260 });
const whole = () => memorySource(publish(draft.lines, SIZES), draft.replay);

test("a ledger that nobody touched holds, and the figures are those of its windows", async () => {
  const verdict = await check(whole());
  assert.deepEqual([verdict.result, verdict.ended, verdict.entries, verdict.checkpoints], ["holds", true, draft.lines.length, SIZES.length + 1]);
  assert.deepEqual([verdict.audience?.peak?.listening, verdict.audience?.sessions, verdict.audience?.grossMs], [201, 201, 30 * 201 * 10_000]);
  assert.deepEqual([verdict.replay.segments, verdict.replay.compared, verdict.replay.differing], [260, 260, 0]);
  assert.equal(verdict.bytesOverNeeded, 1);
  assert.match(verdictInWords(verdict), /^HOLDS: every check passed\./);
  assert.deepEqual(
    verdict.edges.map(({ peak, sessions, windows }) => [peak?.listening, peak?.low, peak?.high, sessions, windows]),
    [
      [100, 100, 100, 100, 30],
      [101, 101, 101, 101, 30],
    ],
  );
  const { peak, peakLow = 0, peakHigh = 0 } = verdict.audience ?? {};
  assert.ok(peakLow <= (peak?.listening ?? 0) && (peak?.listening ?? 0) <= peakHigh);
  const told = verdictInWords(verdict);
  assert.match(told, /^PEAK 201 at .*2\/2 edges$/m);
  assert.match(told, /^ {2}edge-0 \(house\): peak 100 at 2026-10-03T19:00:00Z, sessions 100, listening hours 8\.\d+, 30 windows$/m);
  assert.match(told, /^ {2}edge-1 \(house\): peak 101 at /m);
});

test("whatever is changed, left out, doubled, reordered, announced late or told twice is reported", async () => {
  const silent: string[] = [];
  const signatures = rememberingCheck();
  const interpreted = draftLedger({ edges: 2, windows: 30, segments: 130, interpreted: true });
  for (let number = 0; number < MUTANTS; number++) {
    const { what, files, replay } = mutantOf(interpreted, number);
    const { result } = await check(memorySource(files, replay), { check: signatures });
    if (result === "holds") silent.push(`${number}: ${what}`);
  }
  assert.deepEqual(silent, []);
});

test("where the manifest names no bit rate the recording says what so much listening needs, and half of that is a contradiction", async () => {
  const recorded = 64 / 4;
  const judged = async (sentPerSecond: number) => {
    const { lines, replay } = draftLedger({ edges: 1, windows: 30, segments: 80, ratedByRecording: true, sentPerSecond });
    return await check(memorySource(publish(lines), replay));
  };
  const [right, few] = [await judged(recorded), await judged(recorded * 0.4)];
  assert.deepEqual([right.result, right.bytesOverNeeded], ["holds", 1]);
  assert.deepEqual([few.result, few.bytesOverNeeded, few.counts], ["contradicted", 0.4, { ...right.counts, "bytes-too-few": 1 }]);
  assert.match(verdictInWords(few), /the whole event: 192000 bytes, 480000 by the recording/);
});

test("sessions over several edges are told with the bounds of the true number", async () => {
  const { audience } = await check(whole());
  assert.deepEqual([audience?.sessionsLow, audience?.sessions, audience?.sessionsHigh], [101, 201, 201]);
  assert.match(verdictInWords(await check(whole())), /^Sessions 201 \(different ones: between 101 and 201\)/m);
});

test("whoever runs the log can drop from the middle, double, reorder, enlarge or forge no window of an edge: each is a contradiction that names the edge", async () => {
  const three = draftLedger({ edges: 3, windows: 80, segments: 70 });
  const signatures = rememberingCheck();
  for (const [what, code] of [
    ["a window is left out", "chain-broken"],
    ["a window is doubled", "chain-broken"],
    ["two windows of an edge change places", "chain-broken"],
    ["a count is made larger", "window-signature"],
    ["a window is signed by the house under an edge's name", "window-signature"],
  ] as const) {
    const kind = KINDS.find(([name]) => name === what)?.[1];
    for (let seed = 0; seed < 5; seed++) {
      const { files, replay } = (kind as NonNullable<typeof kind>)(three, drawFrom(seed));
      const { result, findings, counts } = await check(memorySource(files, replay), { check: signatures });
      // Whatever stops with its last window looks like an edge that was cut.
      if (what === "a window is left out" && counts["edge-open"] === 1) continue;
      assert.equal(result, "contradicted", `${what}, ${seed}`);
      assert.match(findings.find((finding) => finding.code === code)?.where ?? "", /edge-[012] 2026-10-03T19:/, `${what}, ${seed}`);
    }
  }
});

test("an edge that was announced and entered nothing is named, and its absence is no gap; one that breaks off is one", async () => {
  const without = (edge: string, from: number) => {
    const lines = draft.lines.slice(0, -1).filter((line) => {
      const result = readEntry(line);
      return !(result.ok && result.entry?.kind === "window" && result.entry.edge === edge && result.entry.seq >= from);
    });
    return check(memorySource(publish([...lines, endOf(lines)]), draft.replay));
  };
  const absent = await without("edge-1", 0);
  assert.deepEqual([absent.result, absent.audience?.peak?.listening], ["holds", 100]);
  assert.deepEqual(
    absent.findings.filter(({ code }) => code === "edge-absent").map(({ severity, where }) => [severity, where]),
    [["note", "edge-1"]],
  );
  assert.match(verdictInWords(absent), /^PEAK 100 at .*, 1\/1 edges$/m);
  assert.match(verdictInWords(absent), /^Edges 2, 0 of them announced late, 1 without any count, 0 windows missing$/m);
  const broken = await without("edge-1", 20);
  assert.deepEqual([broken.result, broken.counts["edge-open"], broken.audience?.peak?.listening], ["holds-with-gaps", 1, 201]);
});

test("a changed stretch of the recording is named by segment, time and place", async () => {
  const replay = draft.replay.slice();
  replay[64 * 17 + 5] = 0;
  const { result, findings, replay: report } = await check(memorySource(publish(draft.lines, SIZES), replay));
  assert.equal(result, "contradicted");
  assert.equal(report.differing, 1);
  assert.deepEqual(
    findings.filter(({ code }) => code === "replay-differs").map(({ where }) => where),
    ["opus segment 17, 1:08 to 1:12, bytes 1088 to 1151"],
  );
});

test("that the recording was taken away may follow the end once, and nothing else may, nor may it come before", async () => {
  const deletion = writeEntry({ kind: "deletion", t: START_MS, by: "host" });
  const none = { ...memorySource(publish([...draft.lines, deletion]), draft.replay), readReplay: async () => undefined };
  const gone = await check(none);
  assert.deepEqual([gone.result, gone.counts["recording-deleted"], gone.counts["replay-missing"]], ["holds-with-gaps", 1, undefined]);
  assert.match(verdictInWords(gone), /Recording deleted 2026-10-03T19:00:00Z by the host/);
  const early = [...draft.lines.slice(0, 200), deletion, ...draft.lines.slice(200, -1)];
  for (const lines of [
    [...draft.lines, deletion, deletion],
    [...early, endOf(early)],
  ])
    assert.equal((await check(memorySource(publish(lines), draft.replay))).result, "contradicted");
});

test("a recording whose first segment is withheld is noticed in every rendition and language", async () => {
  const { lines, replay } = draftLedger({ edges: 1, windows: 3, segments: 4, interpreted: true });
  for (const first of [1, 2, 3]) {
    const without = lines.toSpliced(first, 1).slice(0, -1);
    const { result, counts } = await check(memorySource(publish([...without, endOf(without)]), replay));
    assert.deepEqual([result, counts["segment-order"]], ["contradicted", 1]);
  }
});

test("the seed of a draw must be the one whose hash was told before", async () => {
  const seed = "5e".repeat(32);
  const sha256 = createHash("sha256").update(Buffer.from(seed, "hex")).digest("hex");
  const draw = (act: "commit" | "open", more: { readonly seed?: string; readonly n?: number } = {}) =>
    writeEntry({ kind: "draw", t: START_MS, n: 0, act, sha256, seed: act === "open" ? seed : "", start: 0, window: 0, ...more });
  const judged = async (...entries: readonly Uint8Array[]) => {
    const lines = [...draft.lines.slice(0, -1), ...entries];
    return await check(memorySource(publish([...lines, endOf(lines)]), draft.replay));
  };
  const kept = await judged(draw("commit"), draw("open"));
  assert.deepEqual([kept.result, kept.acts.draws], ["holds", 1]);
  assert.match(verdictInWords(kept), /1 draws at the doors/);
  const [other, unpromised, untold, twice] = [
    await judged(draw("commit"), draw("open", { seed: "00".repeat(32) })),
    await judged(draw("open"), draw("commit", { n: 1 })),
    await judged(draw("commit")),
    await judged(draw("commit"), draw("open"), draw("open")),
  ];
  assert.deepEqual(
    [other, unpromised, twice].map(({ result, counts }) => [result, (counts["draw-differs"] ?? 0) > 0]),
    [
      ["contradicted", true],
      ["contradicted", true],
      ["contradicted", true],
    ],
  );
  assert.deepEqual([untold.result, untold.counts["draw-open"]], ["holds-with-gaps", 1]);
});

test("a ledger cut back to an earlier checkpoint is shown up by the list and by a checkpoint kept at home", async () => {
  const earlier = publish(draft.lines.slice(0, 300), SIZES);
  const { verifierKey } = new NoteSigner(ORIGIN, "ed25519", LOG_SEED);
  const known = Buffer.from(publish(draft.lines).get("checkpoint") as Uint8Array).toString();
  const kept = await check(memorySource(earlier, draft.replay), { known, logKey: verifierKey });
  assert.ok(kept.findings.some(({ code }) => code === "not-extension"));
  const full = publish(draft.lines, SIZES);
  full.set("checkpoint", earlier.get("checkpoint") as Uint8Array);
  const rolledBack = await check(memorySource(full, draft.replay));
  assert.ok(rolledBack.findings.some(({ code }) => code === "history-newer"));
});

test("the right continuation of a checkpoint kept at home is accepted, under the organiser's key", async () => {
  const tree = new HashTree(nodeSha256);
  for (const line of draft.lines) tree.append(leafHash(nodeSha256, line));
  const signer = new NoteSigner(ORIGIN, "ed25519", LOG_SEED);
  const known = signedNote(signer, 100, tree.root(100));
  const verdict = await check(whole(), { known, logKey: signer.verifierKey });
  assert.deepEqual([verdict.result, verdict.logKeyPinned], ["holds", true]);
  const stranger = new NoteSigner(ORIGIN, "ed25519", seedOf("stranger")).verifierKey;
  assert.equal((await check(whole(), { logKey: stranger })).result, "contradicted");
});

test("a ledger that still grows holds with gaps, also when a tile fills up while it is read", async () => {
  const lines = draft.lines.slice(0, -1);
  const files = publish(lines.slice(0, 255));
  const later = publish(lines.slice(0, 300));
  const source = memorySource(files, draft.replay);
  // Between reading the checkpoint and the tiles the ledger has grown: partial tiles have given way to full ones.
  const growing = { ...source, read: async (path: string) => (path.startsWith("tile/") ? later.get(path) : await source.read(path)) };
  const { result, counts } = await check(growing);
  assert.equal(result, "holds-with-gaps");
  assert.deepEqual(Object.keys(counts).toSorted(), ["key-from-log", "no-windows", "not-ended", "not-witnessed"]);
});

test("nonsense in place of a ledger is a verdict, never a crash", async () => {
  const draw = drawFrom(7);
  for (let round = 0; round < 200; round++) {
    const files = publish(draft.lines.slice(0, 20));
    for (const [path, bytes] of files)
      if (draw(2) === 0)
        files.set(
          path,
          Uint8Array.from({ length: draw(bytes.length * 2) }, () => draw(256)),
        );
    const before = Buffer.concat([...publish(draft.lines.slice(0, 20)).values()]);
    const { result } = await check(memorySource(files, draft.replay));
    if (Buffer.compare(Buffer.concat([...files.values()]), before) !== 0) assert.notEqual(result, "holds");
  }
});
