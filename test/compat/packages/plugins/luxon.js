const { DateTime, Interval } = require('luxon')

exports.run = async ({ log }) => {
  const day = DateTime.fromISO('2024-02-29T12:30:00', { zone: 'Europe/Paris' })
  await log.info(day.setLocale('fr').toLocaleString(DateTime.DATE_FULL), day.plus({ months: 13 }).toISO())
  await log.info(Interval.fromDateTimes(day, day.plus({ days: 3 })).toISO(), day.setZone('America/New_York').offset)
}
