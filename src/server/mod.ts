// The server: wiring and adapters; the only place that sees every domain.
// Owner: whoever changes how the parts are put together.
// In: settings. Out: the running house.
// Each process of the house has a folder here: supervisor, control, front, stage; an edge's own has one too: edge.
// Specifications: none of its own.
export { readCertificate } from "./adapters/certificate.ts";
export { canSharePorts, SHARING_RULE } from "./adapters/port-sharing.ts";
export { checkDatabase } from "./adapters/check-database.ts";
export { checkStore } from "./blobs/check-store.ts";
export { checkHouse } from "./edge/check-house.ts";
export { serveEdge } from "./edge/mod.ts";
export { exportEvent } from "./transfer/export-event.ts";
export { importEvent } from "./transfer/import-event.ts";
export { packageVersion } from "./supervisor/house.ts";
export { serve } from "./supervisor/mod.ts";
export { passkeySite } from "./control/accounts/passkey-site.ts";
