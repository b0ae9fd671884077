// The ledger: what happened at an event, entered as it happens, signed, and open to anyone who wants to check it.
// Owner: whoever changes what is entered or how it is proven.
// In: entries, edges' counts. Out: static files (tiles, checkpoints); `verify/` is the import-free checker, entered by file.
// What a checkpoint names is on the disk before it is published; nothing signed is ever taken back.
// Specifications: C2SP tlog-tiles, tlog-checkpoint, signed-note, tlog-cosignature; RFC 6962, RFC 9162, RFC 8032.
export { chainAfter, EdgeSigner, type Unversioned, type WindowCounts } from "./entry-line.ts";
export { type AskedWitness, askWitnesses } from "./ask-witnesses.ts";
export { EventLog } from "./event-log.ts";
export { NoteSigner } from "./signer.ts";
export { AudienceFigures } from "./verify/audience-figures.ts";
export { type ChainState, EdgeChain, type WindowRules } from "./verify/edge-chain.ts";
export { type EdgeKey, type Entry, type KeptEntry, LEDGER_VERSION, readEntry, type SegmentEntry, type WindowEntry } from "./verify/entry.ts";
export { FINDINGS } from "./verify/finding.ts";
export { nodeSha256, nodeSignatureCheck } from "./verify/node-crypto.ts";
export { parseVerifierKey, SIGNATURE_TYPES } from "./verify/note.ts";
export { MAX_ENTRY_BYTES } from "./verify/tiles.ts";
export { mergeUniques, REGISTERS } from "./verify/uniques.ts";
export { Witness } from "./witness.ts";
export { folderWitnessStore } from "./witness-store.ts";
