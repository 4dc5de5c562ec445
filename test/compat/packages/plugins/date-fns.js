const { addMonths, differenceInDays, format, parse } = require('date-fns')
const { fr } = require('date-fns/locale/fr')

exports.run = async ({ log }) => {
  const day = new Date(2024, 0, 31, 9)
  await log.info(format(day, 'EEEE d MMMM yyyy', { locale: fr }), differenceInDays(addMonths(day, 1), day))
  await log.info(format(parse('28/02/2023', 'dd/MM/yyyy', day), 'yyyy-MM-dd'))
}
