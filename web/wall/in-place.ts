import inPlace from "./in-place.css";
import wallStyle from "./wall.css";
import { WallView, type WallPlace } from "./wall-view.ts";

/** The wall to write on, for a page that shows it to readers: with the styles of the page where one writes. */
export function openWall(place: WallPlace): WallView {
  const style = document.createElement("style");
  style.textContent = wallStyle + inPlace;
  document.head.append(style);
  const view = new WallView();
  view.place = place;
  return view;
}
