/** Quality steps tried until a picture is small enough. @spec HTML canvas toBlob, quality argument */
const QUALITIES = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4];

/** A picture drawn anew, at most `side` pixels a side, as a JPEG of at most `mostBytes`; undefined when the browser cannot read it. */
export async function shrinkPicture(file: Blob, side: number, mostBytes: number): Promise<Blob | undefined> {
  const image = await createImageBitmap(file).catch(() => undefined);
  if (image === undefined) return undefined;
  const scale = Math.min(1, side / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  const context = canvas.getContext("2d");
  if (context === null) return undefined;
  // JPEG knows no transparency: what shows through is the house's paper, not black.
  context.fillStyle = "#f7f5f1";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  for (const quality of QUALITIES) {
    const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
    if (made !== null && made.size <= mostBytes) return made;
  }
  return undefined;
}
