/** Stacks as a plugin's author wants them. */
import { stringIndexOf, stringSlice } from './primordials.ts'

/** Frames of ours, and of isolated-vm: they tell nothing about the plugin. */
const OURS = ['vivarium:prelude', '(<isolated-vm boundary>)']

/** The same stack without our frames. */
export function withoutOurFrames (stack: string): string {
  let kept = ''
  for (let from = 0; from <= stack.length;) {
    const newline = stringIndexOf(stack, '\n', from)
    const end = newline < 0 ? stack.length : newline
    const line = stringSlice(stack, from, end)
    if (!isOurs(line)) kept += (kept === '' ? '' : '\n') + line
    from = end + 1
  }
  return kept
}

function isOurs (line: string): boolean {
  if (stringIndexOf(line, '    at ') !== 0) return false
  for (let i = 0; i < OURS.length; i++) {
    if (stringIndexOf(line, OURS[i] ?? '') >= 0) return true
  }
  return false
}
