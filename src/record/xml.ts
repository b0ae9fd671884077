/** Text as it may stand in an element or an attribute. Characters that XML 1.0 forbids are left out. @spec XML 1.0 §2.2, §2.4 */
export function escapeXml(text: string): string {
  return text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "").replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** An element with its text. */
export function element(name: string, text: string, attributes: Readonly<Record<string, string>> = {}): string {
  return text === "" ? `<${name}${list(attributes)}/>` : `<${name}${list(attributes)}>${escapeXml(text)}</${name}>`;
}

/** An element with others inside. */
export function parent(name: string, children: readonly string[], attributes: Readonly<Record<string, string>> = {}): string {
  return `<${name}${list(attributes)}>\n${children.join("\n")}\n</${name}>`;
}

function list(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
    .join("");
}
