/** A BCP 47 tag as far as it is taken. At most 35 characters, as every tag of the registry is. @spec RFC 5646 §2.1, §4.4.1 */
const TAG = /^(?=.{2,35}$)[a-zA-Z]{2,8}(?:-[a-zA-Z0-9]{1,8})*$/;

/** A language tag in its one spelling, such as `de-AT`; undefined when it is none. @spec RFC 5646 §4.5 */
export function canonicalLanguage(tag: string): string | undefined {
  if (!TAG.test(tag)) return undefined;
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

/** What a language is called, in itself unless `locale` names another; the tag where nobody knows. */
export function languageName(tag: string, locale: string = tag): string {
  try {
    const name = new Intl.DisplayNames([locale], { type: "language" }).of(tag) ?? tag;
    return locale === tag ? name.charAt(0).toLocaleUpperCase(tag) + name.slice(1) : name;
  } catch {
    return tag;
  }
}
