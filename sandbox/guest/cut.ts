/** Texts of bounded length. */
import { max, stringSlice } from './primordials.ts'

/** Text cut to `maxChars`, with a note of what is missing. */
export function cut (text: string, maxChars: number): string {
  if (text.length <= maxChars) return text
  return `${stringSlice(text, 0, max(maxChars, 0))}… (${text.length - max(maxChars, 0)} more characters)`
}
