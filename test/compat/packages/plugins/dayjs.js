const dayjs = require('dayjs')
require('dayjs/locale/fr')
dayjs.extend(require('dayjs/plugin/utc'))
dayjs.extend(require('dayjs/plugin/timezone'))
dayjs.extend(require('dayjs/plugin/customParseFormat'))

exports.run = async ({ log }) => {
  const day = dayjs.utc('2024-02-29T12:30:00Z')
  await log.info(day.locale('fr').format('dddd D MMMM YYYY'), day.add(1, 'year').toISOString())
  await log.info(day.tz('Asia/Tokyo').format(), dayjs('03/04/2023', 'DD/MM/YYYY').format('YYYY-MM-DD'))
  await log.info(String(dayjs('no date').isValid()), day.diff('2024-01-01', 'week'))
}
