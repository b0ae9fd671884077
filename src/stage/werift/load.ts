import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type * as Werift from "werift";
import { certifyOurselves, withoutCertificateLibrary } from "./dtls-certificate.ts";
import { retransmitAnew } from "./dtls-retransmission.ts";
import { verifyKeyExchange } from "./dtls-signature.ts";
import { guardIce } from "./ice-guard.ts";
import { followNominations } from "./ice-lite.ts";
import { sharePorts } from "./shared-port.ts";
import { refuseReplays } from "./srtp-replay.ts";
import { bindStepwise } from "./udp-ports.ts";

// The CommonJS build has its classes in files of their own; the other build is one bundle in which nothing can be mended.
const require = createRequire(import.meta.url);
const entry = require.resolve("werift");

/** A file of the component by its place under `lib/`. */
export function weriftFile<Exports>(path: string): Exports {
  return require(join(dirname(entry), "..", "..", path)) as Exports;
}

/** The WebRTC component, mended; see the files beside this one for what was wrong. */
export const werift = withoutCertificateLibrary(createRequire(entry), () => require(entry) as typeof Werift);

/** Undoes the retransmission fix: for the test that shows that it is needed. */
export const undoRetransmission: () => void = retransmitAnew(weriftFile);
certifyOurselves(weriftFile);
verifyKeyExchange(weriftFile);
guardIce(weriftFile);
sharePorts(weriftFile);
refuseReplays(weriftFile);
followNominations(weriftFile);
bindStepwise(weriftFile);
