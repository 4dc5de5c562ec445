/**
 * The words of a title, as a search compares them: lower case, without accents. Drivers keep them beside a processing,
 * so that a search is an index lookup and answers the same from every database.
 */

/** Titles longer than this are found by their first words only. */
const MAX_WORDS = 64
const MAX_WORD_LENGTH = 64

export function titleWords (text: string): string[] {
  const folded = text.toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '')
  const words = new Set<string>()
  for (const [word] of folded.matchAll(/[\p{L}\p{N}]+/gu)) {
    words.add(word.slice(0, MAX_WORD_LENGTH))
    if (words.size === MAX_WORDS) break
  }
  return [...words]
}
