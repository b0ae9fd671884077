/** Style sheets are bundled as text, for parts of a page that come later than the page. */
declare module "*.css" {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: it is the bundler that makes it.
  export default text;
}
