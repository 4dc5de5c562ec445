/** Texts in two languages -> those of one. Pure. */
import type { Locale, Text } from '../texts.ts'

/**
 * The same structure, with `{ en, fr }` replaced by the text of a locale; `wanted` of a schema becomes its description, and what only helps
 * Ajv to tell one error instead of several (`discriminator`) goes: OpenAPI wants it with named schemas alone.
 */
export function localise (value: unknown, locale: Locale): unknown {
  if (isText(value)) return value[locale]
  if (Array.isArray(value)) return value.map(one => localise(one, locale))
  if (typeof value !== 'object' || value === null) return value
  const { wanted, discriminator, ...rest } = value as Record<string, unknown> // some object
  const whole = wanted === undefined ? rest : isText(wanted) ? { description: sentence(wanted), ...rest } : { wanted, ...rest }
  return Object.fromEntries(Object.entries(whole).map(([key, child]) => [key, localise(child, locale)]))
}

/** `one of a, b` -> `One of a, b.` */
function sentence ({ en, fr }: Text): Text {
  const whole = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
  return { en: whole(en), fr: whole(fr) }
}

function isText (value: unknown): value is Text {
  return typeof value === 'object' && value !== null && Object.keys(value).join() === 'en,fr' && Object.values(value).every(text => typeof text === 'string')
}
