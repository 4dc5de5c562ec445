/** When a scheduled processing runs next. Pure: the caller gives the date to start from. */
import { Cron } from 'croner'
import type { Scheduling } from '../store/types.ts'

/** Upstream's time zone for rules that name none. */
const DEFAULT_TIME_ZONE = 'Europe/Paris'

/** `schedule-invalid`: the rule is no cron text, or its time zone is unknown. `schedule-never`: it has no future date. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError'
  readonly code: 'schedule-invalid' | 'schedule-never'
  readonly cron: string
  readonly timeZone: string
  constructor (code: ScheduleError['code'], cron: string, timeZone: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.cron = cron
    this.timeZone = timeZone
  }
}

/**
 * The five-field cron text of a rule: `minute hour dayOfMonth month dayOfWeek`, each `value/step` where the rule has a step.
 * Source: data-fair/processings v6, `toCRON`.
 */
export function toCron (rule: Scheduling): string {
  const dayOfMonth = rule.lastDayOfMonth ? 'L' : stepped(rule.dayOfMonth, rule.dayOfMonthStep)
  return [
    stepped(rule.minute, rule.minuteStep),
    stepped(rule.hour, rule.hourStep),
    dayOfMonth,
    stepped(rule.month, rule.monthStep),
    rule.dayOfWeek
  ].join(' ')
}

/**
 * The earliest date of all rules that lies after `after`; null without rules.
 *
 * Around a change of clock: a local time that does not exist (02:30 on a spring night) becomes the first existing one (03:00);
 * a local time that exists twice (autumn) counts once when the hour is fixed, and in both hours when the hour is `*`.
 * Throws `ScheduleError` when any rule is invalid or has no future date (31 February).
 */
export function nextDate (rules: readonly Scheduling[], after: Date): Date | null {
  let earliest: Date | null = null
  for (const rule of rules) {
    const date = nextDateOf(rule, after)
    if (earliest === null || date < earliest) earliest = date
  }
  return earliest
}

function nextDateOf (rule: Scheduling, after: Date): Date {
  const cron = toCron(rule)
  const timeZone = rule.timeZone || DEFAULT_TIME_ZONE
  const date = evaluate(cron, timeZone, after)
  if (date === null) throw new ScheduleError('schedule-never', cron, timeZone, `a scheduling rule must have a future date, "${cron}" (${timeZone}) has none after ${after.toISOString()}`)
  return date
}

function evaluate (cron: string, timeZone: string, after: Date): Date | null {
  try {
    // sloppyRanges: croner 10 and later refuse `0/10`, which upstream's rules make. 5-part: no rule may smuggle in a seconds field.
    return new Cron(cron, { timezone: timeZone, sloppyRanges: true, mode: '5-part' }).nextRun(after)
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause)
    throw new ScheduleError('schedule-invalid', cron, timeZone, `a scheduling rule must be a five-field cron text in a known time zone, "${cron}" (${timeZone}) is not: ${found}`, { cause })
  }
}

function stepped (value: string | number, step: number | undefined): string {
  return step ? `${value}/${step}` : String(value)
}
