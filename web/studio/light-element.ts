import { LitElement } from "lit";

/** A component that renders into the page itself, so that one small style sheet serves all of them. */
export class LightElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}

/** Level as a fraction of a meter: -60 dBFS is empty, -6 dBFS is full. */
export function meter(level: number): number {
  return Math.min(1, Math.max(0, (level + 60) / 54));
}
