import type { Text } from './texts.ts'

const MAX_CHARACTERS = 60

/** How a wrong value is shown in a sentence: short, on one line, and never a whole structure. */
export function printFound (value: unknown): Text {
  if (value === undefined) return { en: 'nothing', fr: 'rien' }
  if (Array.isArray(value)) return { en: `an array of ${value.length}`, fr: `un tableau de ${value.length}` }
  if (typeof value === 'object' && value !== null) return { en: 'an object', fr: 'un objet' }
  const text = JSON.stringify(value) ?? typeof value
  const cut = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text
  return { en: cut, fr: cut }
}
