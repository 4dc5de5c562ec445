const XLSX = require('xlsx')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const { data } = await axios.get(`${url}/book.xlsx`, { responseType: 'arraybuffer' })
  const book = XLSX.read(Buffer.from(data), { type: 'buffer' })
  const rows = XLSX.utils.sheet_to_json(book.Sheets[book.SheetNames[0]])
  await log.info(book.SheetNames[0], rows.length)
  await axios.post(`${url}/upload`, XLSX.utils.sheet_to_csv(book.Sheets[book.SheetNames[0]]), { headers: { 'content-type': 'text/csv' } })
}
