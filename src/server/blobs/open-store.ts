import type { Clock } from "../../core/clock.ts";
import type { StorageSettings } from "../../core/storage-config.ts";
import { EarshotError } from "../../core/errors.ts";
import type { BlobStore } from "./blob-store.ts";
import { readBucketKeys } from "./bucket-keys.ts";
import { FolderStore } from "./folder-store.ts";
import { S3Store } from "./s3-store.ts";

/** The store the settings name; undefined when recordings stay on this machine's disk alone. Opens nothing: what is wrong shows at the first use. */
export function openStore(
  { place }: StorageSettings,
  { environment, clock }: { readonly environment: Readonly<Record<string, string | undefined>>; readonly clock: Clock },
): BlobStore | undefined {
  if (place === undefined) return undefined;
  if (place.kind === "folder") return new FolderStore(place.folder);
  const keys = async () =>
    await readBucketKeys(environment, place.bucket.secretFile).catch((cause: unknown) => {
      // A running house whose keys are gone has a store that refuses, not an error in its settings.
      throw new EarshotError("store-refused", { place: place.bucket.name, code: "NoKeys" }, cause);
    });
  return new S3Store({ bucket: place.bucket, keys, clock });
}
