const moment = require('moment')
require('moment/locale/fr')

exports.run = async ({ log }) => {
  const day = moment.utc('2024-02-29T12:30:00Z').locale('fr')
  await log.info(day.format('LLLL'), day.clone().endOf('month').toISOString())
  await log.info(moment.duration(93784, 'seconds').locale('fr').humanize(), moment('29/02/2023', 'DD/MM/YYYY', true).isValid())
}
