/**
 * What is kept of an answer to ask the next time whether anything changed.
 *
 * Last-Modified counts seconds. An upload in the same second as the one that was downloaded would be taken for it, so that the
 * date is only used as a condition when the second was over at the time of the answer (RFC 9110, section 8.8.2.2).
 */
const SETTLED_MS = 2000

export interface Validator {
  /** Value for If-Modified-Since; undefined when the next download must be unconditional. */
  readonly since?: string
  readonly version?: string
  /** Tells two uploads apart that carry no usable date. */
  readonly stamp?: string
  /** From the description of an artefact (datafair-slots.ts), to the millisecond. */
  readonly dataUpdatedAt?: string
}

export interface AnswerDates {
  readonly lastModified: string | undefined
  /** `Date` of the same answer: the clock of whoever wrote `lastModified`. */
  readonly date: string | undefined
  readonly version: string | undefined
  readonly now: number
}

export function validatorOf (answer: AnswerDates): Validator {
  const { lastModified, version } = answer
  const modifiedAt = Date.parse(lastModified ?? '')
  const answeredAt = Date.parse(answer.date ?? '')
  const settled = (Number.isNaN(answeredAt) ? answer.now : answeredAt) - modifiedAt >= SETTLED_MS
  return settled ? { since: lastModified, version } : { version, stamp: lastModified }
}

export function writeValidator (validator: Validator): string {
  return JSON.stringify(validator)
}

/** Undefined when there is none, or when it is not one of ours: another kind of registry was asked before. */
export function readValidator (text: string | undefined): Validator | undefined {
  if (text === undefined || !text.startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
