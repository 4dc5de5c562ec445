/** What is wrong with a value that the prepare() of a plugin returned, for whoever reads about it. Pure. */
import { boundsFault, CONFIG_DEPTH, type BoundsFault, type ConfigFault } from '../validation/index.ts'
import { problemsOf } from './check-config.ts'
import type { Text } from './texts.ts'

/** A value has a character at least: the size of the whole bounds them more tightly than this does. */
const MAX_VALUES = 100_000

export const returnedFault = {
  processingConfig: { en: 'processingConfig is not an object', fr: 'processingConfig n\'est pas un objet' },
  secrets: { en: 'secrets is not a map of texts', fr: 'secrets n\'est pas un ensemble de textes nommés' },

  /** Held to the rules of a body: depth, reserved keys, size. */
  of (field: string, value: object | undefined, maxBytes: number): Text | undefined {
    if (value === undefined) return undefined
    const fault = boundsFault(value, { depth: CONFIG_DEPTH, values: MAX_VALUES })
    if (fault !== undefined) return describe(field, fault)
    const bytes = Buffer.byteLength(JSON.stringify(value))
    if (bytes <= maxBytes) return undefined
    return { en: `${field} has ${bytes} bytes, at most ${maxBytes} are taken`, fr: `${field} a ${bytes} octets, ${maxBytes} au plus sont acceptés` }
  },

  misfit (faults: readonly ConfigFault[]): Text {
    const problems = problemsOf(faults)
    return { en: `processingConfig does not fit the plugin's own schema: ${problems.en}`, fr: `processingConfig ne correspond pas au schéma du plugin lui-même : ${problems.fr}` }
  }
}

function describe (field: string, fault: BoundsFault): Text {
  switch (fault.kind) {
    case 'depth': return { en: `${field} is nested more than ${fault.limit} levels deep`, fr: `${field} est imbriqué sur plus de ${fault.limit} niveaux` }
    case 'values': return { en: `${field} has more than ${fault.limit} values`, fr: `${field} a plus de ${fault.limit} valeurs` }
    case 'key': return { en: `${field} has a key ${fault.key}`, fr: `${field} a une clé ${fault.key}` }
  }
}
