const ExcelJS = require('exceljs')
const fs = require('fs')
const path = require('path')

exports.run = async ({ processingConfig: { url }, axios, log, tmpDir }) => {
  const { data } = await axios.get(`${url}/book.xlsx`, { responseType: 'arraybuffer' })
  const file = path.join(tmpDir, 'book.xlsx')
  fs.writeFileSync(file, Buffer.from(data))
  const book = new ExcelJS.Workbook()
  await book.xlsx.readFile(file)
  const rows = []
  book.worksheets[0].eachRow(row => rows.push(row.values.slice(1)))
  await log.info(book.worksheets[0].name, rows.length)
  const writer = new ExcelJS.stream.xlsx.WorkbookWriter({ filename: path.join(tmpDir, 'again.xlsx') })
  const sheet = writer.addWorksheet('Again')
  for (const row of rows) sheet.addRow(row).commit()
  await writer.commit()
  const again = new ExcelJS.Workbook()
  await again.xlsx.readFile(path.join(tmpDir, 'again.xlsx'))
  await log.info('again', again.getWorksheet('Again').rowCount)
  await axios.post(`${url}/_bulk_lines`, rows)
}
