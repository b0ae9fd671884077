import { z } from "zod";

/** Longest time a recording can be promised to be kept. Days; a hundred years. */
const KEEP_MAX_DAYS = 36_525;

/** The part of the settings that says where recordings are kept and for how long. */
export const storageSchema = z.strictObject({
  recording_days: z.int().min(1).max(KEEP_MAX_DAYS).optional(),
  local_days: z.int().min(0).max(KEEP_MAX_DAYS).optional(),
  folder: z.string().min(1).optional(),
  bucket: z
    .strictObject({
      endpoint: z.url({ protocol: /^https?$/ }),
      region: z.string().min(1).default("us-east-1"),
      name: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of a bucket: 3 to 63 small letters, digits, dots and hyphens"),
      prefix: z
        .string()
        .regex(/^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)?$/, "names with slashes between, none at either end")
        .default(""),
      path_style: z.boolean().default(true),
      secret_file: z.string().min(1).optional(),
    })
    .optional(),
});

/** How a bucket is reached; its keys are not among it. */
export interface BucketSettings {
  /** Address of the service without the bucket. */
  readonly endpoint: string;
  readonly region: string;
  readonly name: string;
  /** Put before every name; empty, or without slashes at its ends. */
  readonly prefix: string;
  /** Whether the bucket's name stands in the path and not in the host. */
  readonly pathStyle: boolean;
  readonly secretFile: string | undefined;
}

/** Where recordings are kept besides this machine's disk, and for how long. */
export interface StorageSettings {
  /** Days after the end until a recording is deleted where nothing was decided for the event; null keeps it. */
  readonly recordingDays: number | null;
  /** Days after the end until the sound leaves this machine's disk once it is in the store; null leaves it there. */
  readonly localDays: number | null;
  readonly place: { readonly kind: "folder"; readonly folder: string } | { readonly kind: "bucket"; readonly bucket: BucketSettings } | undefined;
}

/** Recordings on this machine's disk, kept until somebody deletes them. */
export const NO_STORAGE: StorageSettings = { recordingDays: null, localDays: null, place: undefined };

/** Completes checked settings. `resolve` makes a path whole. */
export function completeStorage(settings: z.infer<typeof storageSchema>, resolve: (path: string) => string): StorageSettings {
  const { recording_days: recordingDays = null, local_days: localDays = null, folder, bucket } = settings;
  if (bucket !== undefined) {
    const { endpoint, region, name, prefix, path_style: pathStyle, secret_file: secretFile } = bucket;
    const own = { endpoint, region, name, prefix, pathStyle, secretFile: secretFile === undefined ? undefined : resolve(secretFile) };
    return { recordingDays, localDays, place: { kind: "bucket", bucket: own } };
  }
  return { recordingDays, localDays, place: folder === undefined ? undefined : { kind: "folder", folder: resolve(folder) } };
}
