import assert from "node:assert/strict";
import { test } from "node:test";
import { checkNote, cosignedMessage, parseCheckpoint, splitNotes } from "./checkpoint.ts";
import { nodeSha256, nodeSignatureCheck } from "./node-crypto.ts";
import { formatVerifierKey, hex, parseNote, parseVerifierKey } from "./note.ts";
import { levelsOf, tilePath, tilesOf } from "./tiles.ts";

// The examples of the C2SP specifications, byte for byte.
const SIGNED_NOTE = {
  key: "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
  note: "This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
};
const COSIGNED = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;

test("the signed-note example is verified by its key, and by no other text", async () => {
  const key = parseVerifierKey(nodeSha256, SIGNED_NOTE.key);
  assert.ok(key);
  assert.equal(formatVerifierKey(key), SIGNED_NOTE.key);
  const result = parseNote(SIGNED_NOTE.note);
  assert.ok(result.ok);
  assert.equal(await checkNote(nodeSignatureCheck(), result.note, key), "true");
  const changed = parseNote(SIGNED_NOTE.note.replace("This", "That"));
  assert.ok(changed.ok);
  assert.equal(await checkNote(nodeSignatureCheck(), changed.note, key), "false");
});

test("the tlog-cosignature example is read whole, and the message a witness signs is the one of the specification", () => {
  const result = parseCheckpoint(COSIGNED);
  assert.ok(result.ok);
  const { origin, size, root, note } = result.checkpoint;
  assert.deepEqual([origin, size, hex(root)], ["example.com/behind-the-sofa", 20852163, "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"]);
  assert.deepEqual(
    note.signatures.map(({ name, keyId, signature }) => [name, hex(keyId), signature.length]),
    [
      ["example.com/behind-the-sofa", "033de0ae", 64],
      ["witness.example.com/w1", "8d66cf3f", 72],
    ],
  );
  const witness = note.signatures[1]?.signature as Uint8Array;
  const unixSeconds = Number(new DataView(witness.buffer, witness.byteOffset).getBigUint64(0));
  assert.equal(
    Buffer.from(cosignedMessage(note.text, unixSeconds)).toString(),
    "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
  );
  assert.deepEqual(splitNotes(COSIGNED + COSIGNED), { notes: [COSIGNED, COSIGNED], rest: "" });
});

test("tiles lie where tlog-tiles says: index 1234067, and a tree of 70,000 entries", () => {
  assert.equal(tilePath({ level: 0, index: 1234067, width: 256 }), "tile/0/x001/x234/067");
  assert.equal(tilePath({ level: "entries", index: 273, width: 112 }), "tile/entries/273.p/112");
  const rows = [0, 1, 2].map((level) => tilesOf(70_000, level));
  assert.deepEqual(
    rows.map((row) => [row.filter(({ width }) => width === 256).length, row.find(({ width }) => width < 256)?.width]),
    [
      [273, 112],
      [1, 17],
      [0, 1],
    ],
  );
  assert.equal(levelsOf(70_000), 3);
});

test("a note with an empty text, a stray control character, a name with a plus or spare bits in its base64 is refused where it breaks", () => {
  const good = SIGNED_NOTE.note;
  for (const bad of [
    good.slice(0, -1),
    good.replace("\n\n", "\n"),
    good.replace("This", "Th\u0007is"),
    good.replace("/foo ", "/f+oo "),
    good.replace("QM=\n", "QN=\n"),
  ])
    assert.equal(parseNote(bad).ok, false, JSON.stringify(bad));
});
