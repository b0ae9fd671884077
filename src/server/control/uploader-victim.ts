// Sends an ended event's recording to a bucket until it is killed; started and killed by uploader.test.ts.
import { systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import type { BucketSettings } from "../../core/storage-config.ts";
import type { LiveEvent } from "../../event/mod.ts";
import { GOOD_KEYS } from "../blobs/s3-double.ts";
import { S3Store } from "../blobs/s3-store.ts";
import { Uploader } from "./uploader.ts";

const { bucket, dataFolder, event, partBytes } = JSON.parse(process.argv[2] ?? "{}") as {
  bucket: BucketSettings;
  dataFolder: string;
  event: LiveEvent;
  partBytes: number;
};
new Uploader({
  dataFolder,
  store: new S3Store({ bucket, keys: async () => GOOD_KEYS, clock: systemClock }),
  localDays: null,
  desk: { all: async () => [event] },
  busy: () => false,
  clock: systemClock,
  log: silentLog,
  partBytes,
}).start();
