import assert from "node:assert/strict";
import { test } from "node:test";
import { NoteSigner } from "../../src/ledger/signer.ts";
import { parseCheckpoint, splitNotes } from "../../src/ledger/verify/checkpoint.ts";
import { readEntry } from "../../src/ledger/verify/entry.ts";
import { nodeInflate, nodeSha256, nodeSignatureCheck } from "../../src/ledger/verify/node-crypto.ts";
import { parseVerifierKey } from "../../src/ledger/verify/note.ts";
import { readBundle, writeBundle } from "../../src/ledger/verify/tiles.ts";
import { readUniques } from "../../src/ledger/verify/uniques.ts";
import { Witness, writeRequest } from "../../src/ledger/witness.ts";
import { draftLedger, LOG_SEED, ORIGIN, publish, seedOf } from "../material/ledger.ts";
import { mutateBytes, mutateText } from "./mutate.ts";
import { seeded } from "../material/seeded.ts";

/** Cases in all; `npm run fuzz` asks for a million. A case here is a whole checkpoint or entry. */
const CASES = Number(process.env.FUZZ_CASES ?? 200_000) / 10;
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32));

const random = seeded(SEED);
process.stdout.write(`# ${CASES} cases, FUZZ_SEED=${SEED}\n`);

const { lines } = draftLedger({ edges: 1, windows: 3, segments: 3 });
const note = Buffer.from(publish(lines).get("checkpoint") as Uint8Array).toString();
const log = new NoteSigner(ORIGIN, "ed25519", LOG_SEED);

test("no checkpoint, key or list of them from a stranger makes a verifier stumble", () => {
  for (let index = 0; index < CASES * 0.3; index++) {
    const broken = mutateText(note, random);
    const result = parseCheckpoint(broken);
    if (!result.ok) assert.ok(result.offset >= 0 && result.offset <= broken.length, JSON.stringify(broken));
    const { notes, rest } = splitNotes(note + broken);
    assert.equal(notes.join("") + rest, note + broken);
    const key = mutateText(log.verifierKey, random);
    if (key !== log.verifierKey) assert.equal(parseVerifierKey(nodeSha256, key), undefined, JSON.stringify(key));
  }
});

test("no entry or bundle from a stranger makes a verifier stumble, and none is read in two ways", async () => {
  const bundle = writeBundle(lines);
  for (let index = 0; index < CASES * 0.4; index++) {
    const line = lines[index % lines.length] as Uint8Array;
    const broken = index % 2 === 0 ? mutateBytes(line, random) : Buffer.from(mutateText(Buffer.from(line).toString(), random));
    const result = readEntry(broken);
    if (result.ok && result.entry !== undefined) assert.equal(JSON.stringify(result.entry), Buffer.from(broken).toString());
    const read = readBundle(mutateBytes(bundle, random), lines.length);
    if (!read.ok) assert.ok(read.offset >= 0);
    if (index % 50 === 0) assert.equal(await readUniques(Buffer.from(mutateBytes(bundle, random)).toString("base64"), nodeInflate), undefined);
  }
});

test("no request from a stranger gets a witness's signature or an answer outside the specification", async () => {
  const witness = new Witness({
    signer: new NoteSigner("witness.example/w", "cosignature", seedOf("witness")),
    houses: [log.key],
    store: { read: async () => undefined, write: async () => assert.fail("nothing of a stranger is kept") },
    sha256: nodeSha256,
    check: nodeSignatureCheck(),
    unixSeconds: () => 1,
  });
  const request = writeRequest(3, [seedOf("one"), seedOf("two")], note);
  for (let index = 0; index < CASES * 0.3; index++) {
    const { status } = await witness.add(mutateText(request, random));
    assert.ok([400, 403, 404, 409].includes(status), `${status}`);
  }
});
