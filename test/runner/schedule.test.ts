import assert from 'node:assert/strict'
import { nextDate, ScheduleError, toCron } from '../../runner/schedule.ts'
import type { Scheduling } from '../../store/types.ts'

const daily: Scheduling = { type: 'daily', month: '*', dayOfWeek: '*', dayOfMonth: '*', hour: 7, minute: 30 }
const hours: Scheduling = { type: 'hours', month: '*', dayOfWeek: '*', dayOfMonth: '*', hour: '*', minute: 15 }
const weekly: Scheduling = { type: 'weekly', month: '*', dayOfWeek: '1', dayOfMonth: '*', hour: 9, minute: 0 }
const monthly: Scheduling = { type: 'monthly', month: '*', dayOfWeek: '*', dayOfMonth: 15, hour: 6, minute: 0 }
const never: Scheduling = { ...monthly, month: '2', dayOfMonth: 31 }

function dates (rule: Scheduling, after: string, count: number): string[] {
  const found: string[] = []
  let date = new Date(after)
  for (let i = 0; i < count; i++) {
    date = nextDate([rule], date) as Date // a rule is given, so it is a date or an error
    found.push(date.toISOString())
  }
  return found
}

describe('schedule: toCron', () => {
  it('CRON-01 formats a daily schedule', () => assert.equal(toCron(daily), '30 7 * * *'))
  it('CRON-02 formats a weekly schedule', () => assert.equal(toCron(weekly), '0 9 * * 1'))
  it('CRON-03 formats a monthly schedule with a fixed day', () => assert.equal(toCron(monthly), '0 6 15 * *'))
  it('CRON-04 formats a monthly schedule with lastDayOfMonth', () => assert.equal(toCron({ ...monthly, lastDayOfMonth: true }), '0 6 L * *'))
  it('CRON-05 applies an hour step', () => assert.equal(toCron({ ...hours, hourStep: 3 }), '15 */3 * * *'))
  it('CRON-06 applies a minute step', () => assert.equal(toCron({ ...hours, minute: 0, minuteStep: 10 }), '0/10 * * * *'))

  it('applies steps of months and of days of the month', () => {
    assert.equal(toCron({ ...monthly, dayOfMonthStep: 5, monthStep: 2 }), '0 6 15/5 */2 *')
  })
})

describe('schedule: nextDate', () => {
  const after = new Date('2026-03-10T10:03:00Z')

  it('CRON-07 is null for an empty list', () => assert.equal(nextDate([], after), null))

  it('CRON-08 is the next date in the future', () => {
    assert.equal(nextDate([daily], after)?.toISOString(), '2026-03-11T06:30:00.000Z')
    assert.equal(nextDate([{ ...hours, minute: 0, minuteStep: 10 }], after)?.toISOString(), '2026-03-10T10:10:00.000Z')
  })

  it('CRON-09 picks the earliest among several rules', () => {
    assert.deepEqual(nextDate([monthly, hours, daily], after), nextDate([hours], after))
  })

  it('CRON-10 throws when a rule cannot produce a next date', () => {
    assert.throws(() => nextDate([daily, never], after), (error: unknown) => {
      assert(error instanceof ScheduleError)
      assert.equal(error.code, 'schedule-never')
      assert.match(error.message, /"0 6 31 2 \*" \(Europe\/Paris\) has none/)
      return true
    })
  })

  it('says what is wrong with a rule or a time zone that does not exist', () => {
    for (const rule of [{ ...daily, hour: 25 }, { ...daily, minute: '0 0' }, { ...daily, timeZone: 'Europe/Atlantis' }]) {
      assert.throws(() => nextDate([rule], after), { name: 'ScheduleError', code: 'schedule-invalid' })
    }
  })

  it('lies strictly after the date given, so that a run at its time is not planned again', () => {
    const first = nextDate([daily], after) as Date
    assert.equal(nextDate([daily], first)?.toISOString(), '2026-03-12T06:30:00.000Z')
  })

  it('takes Europe/Paris when a rule names no time zone, and the named one else', () => {
    assert.deepEqual(nextDate([daily], after), nextDate([{ ...daily, timeZone: 'Europe/Paris' }], after))
    assert.equal(nextDate([{ ...daily, timeZone: 'Asia/Tokyo' }], after)?.toISOString(), '2026-03-10T22:30:00.000Z')
  })

  it('finds the last day of each month', () => {
    assert.deepEqual(dates({ ...monthly, lastDayOfMonth: true }, '2028-01-30T00:00:00Z', 3), ['2028-01-31T05:00:00.000Z', '2028-02-29T05:00:00.000Z', '2028-03-31T04:00:00.000Z'])
  })
})

describe('schedule: nights when the clock changes', () => {
  const atNight: Scheduling = { ...daily, hour: 2, minute: 30 }

  it('runs a daily rule on the spring night, in the first minute after the hour that does not exist', () => {
    assert.deepEqual(dates(atNight, '2026-03-27T12:00:00Z', 3), ['2026-03-28T01:30:00.000Z', '2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'])
  })

  it('runs a daily rule once on the autumn night, though its time comes twice', () => {
    assert.deepEqual(dates(atNight, '2026-10-24T12:00:00Z', 2), ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'])
  })

  it('runs an hourly rule every real hour on both nights', () => {
    const everyHour = (from: string): string[] => [0, 1, 2, 3].map(n => new Date(Date.parse(from) + n * 3_600_000).toISOString())
    assert.deepEqual(dates(hours, '2026-03-28T23:30:00Z', 4), everyHour('2026-03-29T00:15:00Z'))
    assert.deepEqual(dates(hours, '2026-10-24T23:30:00Z', 4), everyHour('2026-10-25T00:15:00Z'))
  })
})
