/** Colours as the pages check them, with the same code as the server. */
export { CONTRAST_MIN, contrast, lighten, looksOnAir, PAPER } from "../core/colour.ts";
